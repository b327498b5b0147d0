import { personaCharts } from '../charts/persona-charts.js'
import { armsInColour, type Chart, criteriaCharts, learningCurves } from '../charts/run-charts.js'
import type { ReportDocument } from '../document.js'
import { markup, Markup } from './markup.js'
import { overview } from './overview.js'
import { raters } from './raters.js'
import { settings } from './settings.js'
import { STYLE } from './style.js'
import { tables } from './tables.js'

/** A report as one HTML file: no script, no network, no fonts of its own. The same document gives the same bytes. */
export async function reportPage(document: ReportDocument): Promise<string> {
  const lived = document.arms.some(({ days }) => days.length > 0)
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${document.run} – attune</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <main>
          ${overview(document)}
          ${lived ? await charts(document) : ''}
          ${tables(document)}
          ${raters(document)}
          ${settings(document)}
        </main>
      </body>
    </html>
`.text
}

async function charts(document: ReportDocument): Promise<Markup> {
  const arms = armsInColour(document)
  const key = markup`<p class="key">
    ${arms.map(({ arm, colour }) => markup`<span style="--of: ${colour}">${arm.name}</span>`)}
    <span class="dashed" style="--of: var(--wish)">the wish</span>
  </p>`
  const personas = await personaCharts(document)
  return markup`<h2>Learning curves</h2>
    <p class="note">
      From left to right: simulated days. Bands: 95 % over personas; hollow points: not defined for all of
      them. Dashed: rules without a model, mean over all days.
    </p>
    <div class="grid wide">${(await learningCurves(document)).map(figure)}</div>
    <h2>What is right about its recommendations</h2>
    <p class="note">Share of recommendations for which a criterion holds. Dashed: the receptive timer.</p>
    <div class="grid narrow">${(await criteriaCharts(document)).map(figure)}</div>
    <h2>Every persona</h2>
    <p class="note">
      Above: score of recommendations, 0 to 4. Below: recommendations an hour, logarithmic, and the wish. In
      figures: the last day’s score, rate and (wish).
    </p>
    ${key}
    <div class="grid small ${personas.length <= 8 ? 'few' : ''}">
      ${personas.map(
        ({ id, note, score, rate }) =>
          markup`<figure class="card">
            <h3 title="${id}">${id}</h3>
            <p class="note">${note}</p>
            ${new Markup(score)}${new Markup(rate)}
          </figure>`,
      )}
    </div>`
}

function figure({ title, note, svg }: Chart): Markup {
  return markup`<figure class="card">
    <h3>${title}</h3>
    <p class="note">${note}</p>
    ${new Markup(svg)}
  </figure>
`
}
