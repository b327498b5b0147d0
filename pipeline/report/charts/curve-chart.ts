import type { TopLevelSpec } from 'vega-lite'
import { spreadLabels } from './spread-labels.js'
import { HOLLOW } from './theme.js'

export interface Point {
  day: number
  value: number
  low: number | null
  high: number | null
  /** Not defined for all personas: drawn hollow. */
  partial?: boolean
}

export interface Curve {
  /** Stands at the right end; none without. */
  label?: string
  colour: string
  /** Days without a value are left out, and the line is broken there. */
  points: Point[]
  /** Drawn thin and without points, behind the others. */
  background?: boolean
}

/** A horizontal line over all days. */
export interface Level {
  label?: string
  colour: string
  value: number
}

export interface CurveChart {
  width: number
  height: number
  /** Days of the run: length of the horizontal axis. */
  days: number
  curves: Curve[]
  levels: Level[]
  scale: Scale
  /** Without the numbers of the days, where the chart below has the same. */
  hideDays?: boolean
}

export interface Scale {
  type: 'linear' | 'log'
  /** Values outside of it are drawn at its edge. */
  domain: [number, number]
  ticks: number[]
  /** Vega format, e.g. `%`. */
  format?: string
}

type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number]

const FONT = 12
const LABEL_GAP = 14
/** Room for the numbers of the vertical axis: the same in all charts, so that they stand in line. */
const LEFT = 36

/** Curves by day with bands, and levels to compare them with; each is named at the right, so there is no legend. */
export function curveChart(chart: CurveChart): TopLevelSpec {
  const { width, height, days, curves, levels, scale, hideDays = false } = chart
  const [least, most] = scale.domain
  const inside = (value: number): number => Math.min(most, Math.max(least, value))
  const x = {
    field: 'day',
    type: 'quantitative' as const,
    scale: { domain: [1, Math.max(2, days)], nice: false },
    axis: { values: dayTicks(days, width), format: 'd', title: null, labels: !hideDays },
  }
  const y = {
    type: 'quantitative' as const,
    scale: { type: scale.type, domain: scale.domain, nice: false },
    axis: { values: scale.ticks, format: scale.format ?? '.3~g', title: null },
  }
  const color = { field: 'colour', type: 'nominal' as const, scale: null, legend: null }
  const size = { type: 'quantitative' as const, scale: null, legend: null }
  // the first curve is drawn last, above all others
  const points = curves
    .toReversed()
    .toSorted((a, b) => Number(b.background ?? false) - Number(a.background ?? false))
    .flatMap(({ points, colour, background = false }, curve) =>
      points.map(({ day, value, low, high, partial }, i) => ({
        day,
        value: inside(value),
        colour,
        background,
        // a stretch of consecutive days is one line
        run: `${curve} ${day - i}`,
        ...(low !== null && high !== null && { low: inside(low), high: inside(high) }),
        ...(background ? { stroke: 1, area: 5 } : { stroke: 2, area: 20 }),
        fill: partial ? HOLLOW : colour,
      })),
    )
  const bands = points.filter((point) => 'low' in point && !point.background)
  const layer: Layer[] = [
    // an axis must stand even when there is nothing to draw
    {
      data: { values: [{ day: 1, value: least }] },
      mark: { type: 'point', opacity: 0, color: 'none' },
      encoding: { x, y: { field: 'value', ...y } },
    },
    {
      data: { values: bands },
      mark: { type: 'area', opacity: 0.18 },
      encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' }, color, detail: { field: 'run' } },
    },
    {
      data: { values: levels.map(({ value, colour }) => ({ value: inside(value), colour })) },
      mark: { type: 'rule', strokeDash: [4, 3], strokeWidth: 1.2 },
      encoding: { y: { field: 'value', ...y }, color },
    },
    {
      data: { values: points },
      mark: 'line',
      encoding: {
        x,
        y: { field: 'value', ...y },
        color,
        detail: { field: 'run' },
        strokeWidth: { field: 'stroke', ...size },
      },
    },
    {
      data: { values: points },
      mark: { type: 'point', shape: 'circle', strokeWidth: 1.2, opacity: 1 },
      encoding: {
        x,
        y: { field: 'value', ...y },
        stroke: color,
        size: { field: 'area', ...size },
        fill: { ...color, field: 'fill' },
      },
    },
    ...endLabels(chart).map(({ bold, rows }): Layer => ({
      data: { values: rows },
      mark: { type: 'text', align: 'left', fontSize: FONT, fontWeight: bold ? 'bold' : 'normal' },
      encoding: { x: { value: width + 9 }, y: { field: 'value', ...y }, text: { field: 'label' }, color },
    })),
  ]
  const longest = Math.max(0, ...[...curves, ...levels].map(({ label }) => label?.length ?? 0))
  const padding = {
    left: LEFT,
    right: longest > 0 ? 16 + 6.8 * longest : 8,
    top: 8,
    bottom: hideDays ? 4 : 22,
  }
  return { width, height, padding, autosize: 'none', layer }
}

/** Names at the right end, moved apart, each in the colour of what it names; those of curves are bold. */
function endLabels({ height, curves, levels, scale }: CurveChart) {
  const named = [
    ...levels.map(({ label, colour, value }) => ({ label, colour, value, bold: false })),
    ...curves.map(({ label, colour, points }) => ({
      label,
      colour,
      value: points.at(-1)?.value,
      bold: true,
    })),
  ].flatMap(({ label, value, ...rest }) =>
    label === undefined || value === undefined ? [] : [{ ...rest, label, value }],
  )
  const toPixel = pixelScale(scale, height)
  const wanted = named.map(({ value }) => toPixel.of(value))
  const places = spreadLabels(wanted, LABEL_GAP, height)
  const placed = named.map((each, i) => ({ ...each, value: toPixel.invert(places[i]!) }))
  return [true, false]
    .map((bold) => ({ bold, rows: placed.filter((each) => each.bold === bold) }))
    .filter(({ rows }) => rows.length > 0)
}

/** The vertical scale, both ways: labels are spread in pixels and placed by value. */
function pixelScale({ type, domain: [least, most] }: Scale, height: number) {
  const [to, from] = type === 'log' ? [Math.log, Math.exp] : [(v: number) => v, (v: number) => v]
  const span = to(most) - to(least)
  return {
    of: (value: number) => height * (1 - (to(Math.min(most, Math.max(least, value))) - to(least)) / span),
    invert: (pixel: number) => from(to(least) + (1 - pixel / height) * span),
  }
}

/** Whole days, the first and the last among them, no closer than 28 pixels. */
function dayTicks(days: number, width: number): number[] {
  const most = Math.max(2, Math.floor(width / 28))
  const step = Math.ceil(Math.max(1, days - 1) / (most - 1))
  const ticks = Array.from({ length: Math.ceil(days / step) }, (_, i) => 1 + i * step)
  if (ticks.at(-1) === days) return ticks
  return [...ticks.filter((day) => days - day >= step || day === 1), days]
}
