/** Text that is HTML already. */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = string | number | Markup | readonly Part[]

/** HTML from a template: what is put in is escaped, unless it is Markup; lists are joined. */
export function markup(texts: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(texts.map((text, i) => (i === 0 ? text : written(parts[i - 1]!) + text)).join(''))
}

function written(part: Part): string {
  if (part instanceof Markup) return part.text
  if (typeof part === 'object') return part.map(written).join('')
  return String(part)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** A table that scrolls sideways inside itself where the screen is narrow. The first column is the label. */
export function table(heads: readonly Part[], rows: readonly (readonly Part[])[]): Markup {
  return markup`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${heads.map((head) => markup`<th>${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([label = '', ...cells]) =>
            markup`<tr>
              <th>${label}</th>
              ${cells.map((cell) => markup`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}
