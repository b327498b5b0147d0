import { CRITERIA, type Criterion } from '../../../datasets/schema.js'
import type { ArmReport, Estimate, PersonaDay, ReportDocument } from '../document.js'
import { mainArm, RIVAL } from '../verdict.js'
import { type Curve, curveChart, type Level, type Point, type Scale } from './curve-chart.js'
import { renderSvg } from './render-svg.js'
import { armColour, MUTED, WISH } from './theme.js'

type FigureOf = (day: PersonaDay) => Estimate

/** A chart with what stands above it. */
export interface Chart {
  title: string
  note: string
  svg: string
}

export const SCORE: Scale = { type: 'linear', domain: [0, 4], ticks: [0, 1, 2, 3, 4] }
const SHARE: Scale = { type: 'linear', domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1] }

/** Deliveries an hour: from one in twenty hours to one a minute; less is drawn at the lower edge. */
export const RATE: Scale = { type: 'log', domain: [0.05, 30], ticks: [0.1, 0.3, 1, 3, 10, 30] }

/** Arms (not references) that have lived a day, with their colours. */
export function armsInColour({ arms }: ReportDocument): { arm: ArmReport; colour: string }[] {
  return arms
    .filter(({ kind }) => kind !== 'reference')
    .map((arm, index) => ({ arm, colour: armColour(index) }))
    .filter(({ arm }) => arm.days.length > 0)
}

/** The four learning curves of a run, and what its nights have left of the model's language. */
export async function learningCurves(document: ReportDocument): Promise<Chart[]> {
  const wish = meanOver(mainArm(document)?.days ?? [], (day) => day.wishedPerHour)
  const rateLevels = wish === null ? [] : [{ label: 'the wish', colour: WISH, value: wish }]
  return Promise.all([
    curves(
      document,
      'Score of recommendations',
      '0 to 4, only steps at which it spoke',
      SCORE,
      (day) => day.delivered,
    ),
    curves(
      document,
      'Served rate (F1)',
      'wished slots that got a recommendation scoring 3 or more',
      SHARE,
      (day) => day.f1,
    ),
    curves(
      document,
      'Recommendations an hour',
      'logarithmic; lower edge: hardly ever',
      RATE,
      (day) => day.perHour,
      rateLevels,
    ),
    curves(
      document,
      'Mean score of all steps',
      '0 to 4, mostly silence: a timer does well here',
      SCORE,
      (day) => day.mean,
    ),
    ...retentionCurves(document),
  ])
}

function retentionCurves(document: ReportDocument): Promise<Chart>[] {
  const found = document.arms.find(({ retention }) => retention !== null)?.retention
  if (!found) return []
  const base: Level[] = found.base === null ? [] : [{ label: 'the base', colour: MUTED, value: found.base }]
  const of: FigureOf = (day) => day.retention
  const values = document.arms
    .flatMap(({ days }) => pointsOf(days, of))
    .flatMap((p) => [p.value, p.high ?? 0])
  const most = Math.max(...values, found.base ?? 0)
  return [
    found.measure === 'perplexity'
      ? curves(
          document,
          'Language kept',
          'perplexity of held-out text after the night, logarithmic; lower is better',
          perplexityScale(most),
          of,
          base,
        )
      : curves(document, 'Language kept', 'share of questions right after the night', SHARE, of, base),
  ]
}

/** From 1, what a model that knows everything has, to the next power of two. */
function perplexityScale(most: number): Scale {
  const powers = Math.max(2, Math.ceil(Math.log2(most)))
  const step = Math.ceil(powers / 5)
  const ticks = Array.from({ length: Math.floor(powers / step) + 1 }, (_, i) => 2 ** (i * step))
  return { type: 'log', domain: [1, 2 ** powers], ticks }
}

/** What is right and wrong with the recommendations, a chart a criterion. */
export async function criteriaCharts(document: ReportDocument): Promise<Chart[]> {
  const arm = mainArm(document)
  const rival = document.arms.find(({ name }) => name === RIVAL)
  if (!arm) return []
  const chart = async (criterion: Criterion): Promise<Chart> => {
    const of: FigureOf = (day) => day.deliveredCriteria[criterion]
    const level = meanOver(rival?.days ?? [], of)
    const spec = curveChart({
      width: 210,
      height: 110,
      days: document.days,
      curves: armsInColour(document).map((each) => ({
        colour: each.colour,
        points: pointsOf(each.arm.days, of),
        background: each.arm !== arm,
      })),
      levels: level === null ? [] : [{ colour: MUTED, value: level }],
      scale: { ...SHARE, ticks: [0, 0.5, 1], format: '.0%' },
    })
    const last = arm.days.at(-1)
    const note = last ? `${shareOf(arm.days[0]!, of)} → ${shareOf(last, of)}` : ''
    return { title: criterion, note, svg: await renderSvg(spec, `${criterion} of recommendations by day`) }
  }
  return Promise.all(CRITERIA.map(chart))
}

async function curves(
  document: ReportDocument,
  title: string,
  note: string,
  scale: Scale,
  of: FigureOf,
  further: Level[] = [],
): Promise<Chart> {
  const references = document.arms.filter(({ kind }) => kind === 'reference')
  const levels = references.flatMap(({ name, days }): Level[] => {
    const value = meanOver(days, of)
    return value === null ? [] : [{ label: name, colour: MUTED, value }]
  })
  const arms = armsInColour(document).map(({ arm, colour }): Curve => ({
    label: arm.name,
    colour,
    points: pointsOf(arm.days, of),
  }))
  const spec = curveChart({
    width: 270,
    height: 165,
    days: document.days,
    curves: arms,
    levels: [...levels, ...further],
    scale,
  })
  return { title, note, svg: await renderSvg(spec, `${title} by day`) }
}

/** The days on which the figure is defined. */
export function pointsOf(days: readonly PersonaDay[], of: FigureOf): Point[] {
  return days.flatMap((day) => {
    const { value, low, high, n } = of(day)
    return value === null ? [] : [{ day: day.day, value, low, high, partial: n < day.mean.n }]
  })
}

function meanOver(days: readonly PersonaDay[], of: FigureOf): number | null {
  const values = days.flatMap((day) => of(day).value ?? [])
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null
}

function shareOf(day: PersonaDay, of: FigureOf): string {
  const { value } = of(day)
  return value === null ? '–' : `${Math.round(100 * value)} %`
}
