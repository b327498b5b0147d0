import type { PersonaDay, ReportDocument } from '../document.js'
import { fixed, rate } from '../format-figure.js'
import { mainArm } from '../verdict.js'
import { curveChart, type Level } from './curve-chart.js'
import { renderSvg } from './render-svg.js'
import { armsInColour, pointsOf, RATE, SCORE } from './run-charts.js'
import { WISH } from './theme.js'

/** One persona at a glance: score of recommendations above, recommendations an hour against the wish below. */
export interface PersonaChart {
  id: string
  /** Last day in figures. */
  note: string
  score: string
  rate: string
}

const WIDTH = 190

/** A pair of small charts for every persona that has lived a day in the main arm. */
export async function personaCharts(document: ReportDocument): Promise<PersonaChart[]> {
  const main = mainArm(document)
  if (!main) return []
  const lived = main.personas.filter(({ days }) => days.length > 0)
  return Promise.all(lived.map(({ id, days }) => personaChart(document, id, days)))
}

async function personaChart(document: ReportDocument, id: string, days: PersonaDay[]): Promise<PersonaChart> {
  const main = mainArm(document)
  const last = days.at(-1)!
  const wished = last.wishedPerHour.value
  const levels: Level[] = wished === null ? [] : [{ colour: WISH, value: wished }]
  const curvesOf = (of: (day: PersonaDay) => PersonaDay['delivered']) =>
    armsInColour(document).map(({ arm, colour }) => ({
      colour,
      points: pointsOf(arm.personas.find((persona) => persona.id === id)?.days ?? [], of),
      background: arm !== main,
    }))
  const common = { width: WIDTH, days: document.days }
  const scoreSpec = curveChart({
    ...common,
    height: 62,
    curves: curvesOf((day) => day.delivered),
    levels: [],
    hideDays: true,
    scale: { ...SCORE, ticks: [0, 2, 4] },
  })
  const rateSpec = curveChart({
    ...common,
    height: 62,
    curves: curvesOf((day) => day.perHour),
    levels,
    scale: { ...RATE, ticks: [0.1, 1, 10] },
  })
  return {
    id,
    note: `${fixed(last.delivered.value, 1)} · ${rate(last.perHour.value)}/h (${rate(wished)})`,
    score: await renderSvg(scoreSpec, `${id}: score of recommendations by day`),
    rate: await renderSvg(rateSpec, `${id}: recommendations an hour by day`),
  }
}
