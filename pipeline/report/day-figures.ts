import { CRITERIA, type Criterion } from '../../datasets/schema.js'
import { sumByRole, totalSpend } from '../../models/calls/spend-by-role.js'
import type { Bootstrap } from './bootstrap.js'
import type { ArmDay, Estimate, Night, PersonaDay } from './document.js'
import type { LivedDay } from './lived-day.js'

/** One persona's share in a day. */
export interface DayOfPersona {
  persona: string
  lived: LivedDay
}

/** A rate within this factor of the wish is what was wished for. */
const RATE_FACTOR = 2

/** The figures of a day over those who lived it. */
export function dayFigures(day: number, rows: readonly DayOfPersona[], bootstrap: Bootstrap): PersonaDay {
  const days = rows.map(({ lived }) => lived)
  const over = (of: (metrics: LivedDay['metrics']) => number | null): Estimate =>
    estimateOf(
      days.map(({ metrics }) => of(metrics)),
      bootstrap,
    )
  const total = (of: (metrics: LivedDay['metrics']) => number): number =>
    days.reduce((sum, { metrics }) => sum + of(metrics), 0)
  const spent = sumByRole(days.map(({ metrics }) => metrics.spent))
  const seconds = days.flatMap((lived) => lived.seconds ?? [])
  return {
    day,
    mean: over((m) => m.mean),
    delivered: over((m) => m.delivered),
    silent: over((m) => m.silent),
    criteria: eachCriterion((criterion) => over((m) => m.criteria[criterion])),
    deliveredCriteria: eachCriterion((criterion) => over((m) => m.deliveredCriteria[criterion])),
    perHour: over((m) => m.perHour),
    wishedPerHour: over((m) => m.wishedPerHour),
    precision: over((m) => m.precision),
    recall: over((m) => m.recall),
    f1: over((m) => m.f1),
    atLeast3: over((m) => m.atLeast3),
    retention: over((m) => m.retention?.value ?? null),
    malformed: meanOf(days.flatMap(({ metrics }) => metrics.malformed ?? [])),
    failures: total((m) => m.failures),
    pairs: total((m) => m.pairs),
    ties: total((m) => m.ties),
    identical: total((m) => m.identical),
    steps: total((m) => m.steps),
    deliveries: total((m) => m.deliveries),
    tokens: total((m) => m.tokens),
    usd: totalSpend(spent).usd,
    spent,
    seconds: seconds.length > 0 ? seconds.reduce((sum, value) => sum + value, 0) : null,
  }
}

/** The same with what only a group of personas has. */
export function armDayFigures(day: number, rows: readonly DayOfPersona[], bootstrap: Bootstrap): ArmDay {
  const extremes = (end: 'best' | 'worst') => ({
    mean: extremeOf(rows, (m) => m.mean, end),
    delivered: extremeOf(rows, (m) => m.delivered, end),
    f1: extremeOf(rows, (m) => m.f1, end),
  })
  return {
    ...dayFigures(day, rows, bootstrap),
    personas: rows.length,
    rateOk: rows.filter(({ lived }) => isRateOk(lived.metrics.perHour, lived.metrics.wishedPerHour)).length,
    best: extremes('best'),
    worst: extremes('worst'),
  }
}

/** A night's training over personas, or null when none was trained. */
export function nightFigures(day: number, rows: readonly DayOfPersona[]): Night | null {
  const trained = rows.map(({ lived }) => lived.training).filter((row) => row !== null)
  if (trained.length === 0) return null
  const over = (name: string) => meanOf(trained.flatMap((row) => row[name] ?? []))
  return {
    day,
    n: trained.length,
    loss: over('loss'),
    margin: over('rewards/margins'),
    accuracy: over('rewards/accuracies'),
  }
}

/** Mean with interval and standard error over the values that are defined. */
export function estimateOf(all: readonly (number | null)[], bootstrap: Bootstrap): Estimate {
  const values = all.filter((value) => value !== null)
  const value = meanOf(values)
  return { value, ...bootstrap.interval(values), sem: standardError(values), n: values.length }
}

export function meanOf(values: readonly number[]): number | null {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null
}

/** Standard deviation (n - 1) / sqrt(n); null below two values. */
function standardError(values: readonly number[]): number | null {
  const n = values.length
  const mean = meanOf(values)
  if (mean === null || n < 2) return null
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n)
}

function isRateOk(perHour: number | null, wished: number | null): boolean {
  if (perHour === null || wished === null) return false
  return perHour >= wished / RATE_FACTOR && perHour <= wished * RATE_FACTOR
}

function extremeOf(
  rows: readonly DayOfPersona[],
  of: (metrics: LivedDay['metrics']) => number | null,
  end: 'best' | 'worst',
): { persona: string; value: number } | null {
  const sign = end === 'best' ? 1 : -1
  let found: { persona: string; value: number } | null = null
  for (const { persona, lived } of rows) {
    const value = of(lived.metrics)
    if (value !== null && (found === null || sign * value > sign * found.value)) found = { persona, value }
  }
  return found
}

function eachCriterion<T>(of: (criterion: Criterion) => T): Record<Criterion, T> {
  return Object.fromEntries(CRITERIA.map((criterion) => [criterion, of(criterion)])) as Record<Criterion, T>
}
