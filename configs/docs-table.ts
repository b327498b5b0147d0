import { describeKeys, type KeyDescription } from './describe-keys.js'

const BEGIN = '<!-- begin generated: npm run docs -->'
const END = '<!-- end generated -->'

/** The keys of a run as Markdown tables: one for the top, one for every section. */
export function docsTable(keys: readonly KeyDescription[] = describeKeys()): string {
  const parentOf = (key: string) => sectionsOf(keys).findLast((section) => key.startsWith(`${section.key}.`))
  const top = keys.filter((each) => !each.section && parentOf(each.key) === undefined)
  const parts = sectionsOf(keys).map((section) => {
    const own = keys.filter((each) => !each.section && parentOf(each.key) === section)
    return [`### \`${section.key}\``, '', section.meaning, '', table(own)].join('\n')
  })
  return ['### top', '', table(top), '', parts.join('\n\n')].join('\n')
}

/** A document with the text between its markers replaced; the document must hold both markers. */
export function withTable(document: string, text: string): string {
  const begin = document.indexOf(BEGIN)
  const end = document.indexOf(END)
  if (begin < 0 || end < begin) throw new RangeError(`the document needs the lines ${BEGIN} and ${END}`)
  return `${document.slice(0, begin)}${BEGIN}\n\n${text}\n\n${document.slice(end)}`
}

function sectionsOf(keys: readonly KeyDescription[]): KeyDescription[] {
  return keys.filter(({ section }) => section)
}

function table(keys: readonly KeyDescription[]): string {
  const rows = keys.map((each) => {
    const standard = each.required ? '**required**' : each.default === undefined ? '' : `\`${each.default}\``
    return `| \`${each.key}\` | ${cell(each.type)} | ${cell(standard)} | ${cell(each.meaning)} |`
  })
  return ['| key | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
