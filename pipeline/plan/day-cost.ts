import type { Role } from '../../models/calls/call-entry.js'

/** What calls come to. */
export interface Figures {
  /** As ledger and budget count them: one for all replies of a request. */
  calls: number
  /** What is sent: as many as replies where the server gives one at a time. */
  requests: number
  promptTokens: number
  replyTokens: number
  /** Reply tokens if every reply were as long as allowed. */
  longestTokens: number
  usd: number
  /** The same with `longestTokens`. */
  usdLongest: number
}

/** Calls of one role to one entry of `models`. */
export interface Row extends Figures {
  role: Role
  entry: string
}

/** What one persona-day costs. */
export interface DayCost {
  rows: readonly Row[]
  /** Latencies of calls that follow one another. */
  seconds: number
}

export const NOTHING: Readonly<Figures> = {
  calls: 0,
  requests: 0,
  promptTokens: 0,
  replyTokens: 0,
  longestTokens: 0,
  usd: 0,
  usdLongest: 0,
}

export function mapFigures(figures: Figures, to: (value: number, key: keyof Figures) => number): Figures {
  const keys = Object.keys(NOTHING) as (keyof Figures)[]
  return Object.fromEntries(keys.map((key) => [key, to(figures[key], key)])) as unknown as Figures
}

export function addFigures(a: Figures, b: Figures): Figures {
  return mapFigures(a, (value, key) => value + b[key])
}

/** Rows of the same role and entry in one, in the order in which they come first. */
export function sumRows(rows: Iterable<Row>, times = 1): Row[] {
  const sums = new Map<string, Row>()
  for (const row of rows) {
    const key = `${row.role} ${row.entry}`
    const before = sums.get(key) ?? { ...row, ...NOTHING }
    sums.set(key, {
      ...before,
      ...addFigures(
        before,
        mapFigures(row, (value) => times * value),
      ),
    })
  }
  return [...sums.values()]
}

export function totalOf(rows: readonly Row[]): Figures {
  return rows.reduce<Figures>(addFigures, NOTHING)
}
