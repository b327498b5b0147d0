import type { TopLevelSpec } from 'vega-lite'
import { spreadLabels } from './spread-labels.js'

export interface Point {
  day: number
  value: number
  low: number | null
  high: number | null
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

const LABEL_GAP = 14
const FONT = 12

/** Curves by day with bands, and levels to compare them with; each is named at the right, so there is no legend. */
export function curveChart({ width, height, days, curves, levels, scale }: CurveChart): TopLevelSpec {
  const [least, most] = scale.domain
  const inside = (value: number): number => Math.min(most, Math.max(least, value))
  const x = {
    field: 'day',
    type: 'quantitative' as const,
    scale: { domain: [1, Math.max(2, days)], nice: false },
    axis: { values: dayTicks(days, width), format: 'd', title: null },
  }
  const y = {
    type: 'quantitative' as const,
    scale: { type: scale.type, domain: [least, most], nice: false },
    axis: { values: [...scale.ticks], format: scale.format ?? '~g', title: null },
  }
  const levelLayers = levels.map(({ value, colour }): Layer => ({
    data: { values: [{ value: inside(value) }] },
    mark: { type: 'rule', color: colour, strokeDash: [4, 3], strokeWidth: 1.2 },
    encoding: { y: { field: 'value', ...y } },
  }))
  const curveLayers = curves
    .toSorted((a, b) => Number(b.background ?? false) - Number(a.background ?? false))
    .flatMap(({ points, colour, background }): Layer[] => {
      const rows = points.map((point) => ({ ...point, value: inside(point.value) }))
      const bands = rows.flatMap(({ day, low, high }) =>
        low === null || high === null ? [] : [{ day, low: inside(low), high: inside(high) }],
      )
      const band: Layer = {
        data: { values: bands },
        mark: { type: 'area', color: colour, opacity: 0.18 },
        encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' } },
      }
      const lines = runsOf(rows).map((run): Layer => ({
        data: { values: run },
        mark: { type: 'line', color: colour, strokeWidth: background ? 1 : 2, interpolate: 'monotone' },
        encoding: { x, y: { field: 'value', ...y } },
      }))
      const dots: Layer = {
        data: { values: rows },
        mark: { type: 'circle', color: colour, opacity: 1, size: background ? 6 : 22 },
        encoding: { x, y: { field: 'value', ...y } },
      }
      return [...(bands.length > 1 && !background ? [band] : []), ...lines, dots]
    })
  // an axis must stand even when there is nothing to draw
  const frame: Layer = {
    data: { values: [{ day: 1, value: least }] },
    mark: { type: 'point', opacity: 0 },
    encoding: { x, y: { field: 'value', ...y } },
  }
  const labels = endLabels({ width, height, days, curves, levels, scale })
  return { width, height, layer: [frame, ...levelLayers, ...curveLayers, ...labels] }
}

/** Names at the right end, moved apart, each in the colour of what it names. */
function endLabels({ width, height, curves, levels, scale }: CurveChart): Layer[] {
  const named = [
    ...levels.map(({ label, colour, value }) => ({ label, colour, value, bold: false })),
    ...curves.map(({ label, colour, points }) => ({
      label,
      colour,
      value: points.at(-1)?.value,
      bold: true,
    })),
  ].flatMap(({ label, colour, value, bold }) =>
    label === undefined || value === undefined ? [] : [{ label, colour, value, bold }],
  )
  const wanted = named.map(({ value }) => pixelOf(value, scale, height))
  const places = spreadLabels(wanted, LABEL_GAP, height)
  return named.map(({ label, colour, bold }, i): Layer => ({
    data: { values: [{}] },
    mark: {
      type: 'text',
      text: label,
      x: width + 9,
      y: places[i]!,
      align: 'left',
      baseline: 'middle',
      fontSize: FONT,
      fontWeight: bold ? 'bold' : 'normal',
      color: colour,
    },
    encoding: {},
  }))
}

function pixelOf(value: number, { type, domain: [least, most] }: Scale, height: number): number {
  const inside = Math.min(most, Math.max(least, value))
  const of = type === 'log' ? Math.log : (v: number) => v
  return height * (1 - (of(inside) - of(least)) / (of(most) - of(least)))
}

/** Stretches of consecutive days. */
function runsOf<T extends { day: number }>(rows: readonly T[]): T[][] {
  const runs: T[][] = []
  for (const row of rows) {
    const last = runs.at(-1)
    if (last?.at(-1)?.day === row.day - 1) last.push(row)
    else runs.push([row])
  }
  return runs.filter((run) => run.length > 1)
}

/** Whole days, the first and the last among them, no closer than 24 pixels. */
function dayTicks(days: number, width: number): number[] {
  const most = Math.max(2, Math.floor(width / 24))
  const step = Math.ceil(Math.max(1, days - 1) / (most - 1))
  const ticks = Array.from({ length: Math.ceil(days / step) }, (_, i) => 1 + i * step)
  if (ticks.at(-1) === days) return ticks
  return [...ticks.filter((day) => days - day >= step / 2 || day === 1), days]
}
