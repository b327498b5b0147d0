import type { ArmDay, ArmReport, Estimate, ReportDocument } from '../document.js'
import { fixed, interval, percent, rate } from '../format-figure.js'
import { endDays, mainArm, verdictOf } from '../verdict.js'
import { markup, type Markup } from './markup.js'

/** Title, verdict and the figures that matter most, first day and last. */
export function overview(document: ReportDocument): Markup {
  const { run, personas, days, seed, arms, complete } = document
  const { outcome, change, against, caution } = verdictOf(document)
  const names = arms.filter(({ kind }) => kind !== 'reference').map(({ name, kind }) => `${name} (${kind})`)
  const done =
    complete.lived < complete.planned ? ` · ${complete.lived} of ${complete.planned} persona-days lived` : ''
  return markup`<header>
      <h1>${run}</h1>
      <p class="muted">
        ${personas} ${personas === 1 ? 'persona' : 'personas'} × ${days} ${days === 1 ? 'day' : 'days'} · arms
        ${names.join(', ')} · seed ${seed}${done}
      </p>
    </header>
    <div class="verdict ${outcome}">
      <p>${change}</p>
      <p>${against}</p>
      ${caution === null ? '' : markup`<p class="note">${caution}</p>`}
      <p class="note">Brackets: 95 % bootstrap intervals over personas. Scores run from 0 to 4.</p>
    </div>
    ${tiles(mainArm(document))}`
}

function tiles(arm: ArmReport | null): Markup {
  const ends = arm && endDays(arm)
  if (!arm || !ends) return markup``
  const { first, last } = ends
  const estimate = (of: (day: ArmDay) => Estimate): Tile => ({
    first: fixed(of(first).value),
    last: fixed(of(last).value),
    note: interval(of(last)),
  })
  const all: [string, Tile][] = [
    ['score of recommendations', estimate((day) => day.delivered)],
    ['served rate (F1)', estimate((day) => day.f1)],
    [
      'recommendations an hour',
      {
        first: rate(first.perHour.value),
        last: rate(last.perHour.value),
        note: `wish ${rate(last.wishedPerHour.value)}; ${last.rateOk} of ${last.personas} within half and double`,
      },
    ],
    ['mean score of all steps', estimate((day) => day.mean)],
    ['malformed replies', { first: percent(first.malformed), last: percent(last.malformed), note: '' }],
  ]
  return markup`<p class="muted">Arm “${arm.name}”, day ${first.day} → day ${last.day}</p>
    <div class="tiles">
      ${all.map(
        ([label, tile]) =>
          markup`<div class="card tile">
            <span>${label}</span><b><i>${tile.first} →</i> ${tile.last}</b><span>${tile.note}</span>
          </div>`,
      )}
    </div>`
}

interface Tile {
  first: string
  last: string
  /** Interval or context of the last day. */
  note: string
}
