import { writeJsonAtomic } from '../../common/files.js'
import type { SimulatorConfig } from '../../configs/schema.js'
import { type DayMetrics, type Wish, dayMetrics } from '../../datasets/metrics/day-metrics.js'
import type { BuiltPairs } from '../../datasets/pairing/build-pairs.js'
import type { RatedRecord } from '../../datasets/schema.js'
import type { SpendByRole } from '../../models/calls/ledger.js'
import type { DayPlan } from '../../simulator/user-agent.js'
import type { Retention } from './retention.js'

/** `metrics.json` of a persona-day: what was lived, and what became of the comparisons. */
export interface StoredDayMetrics extends DayMetrics {
  day: number
  pairs: number
  ties: number
  identical: number
  /** Absent where nothing is trained or checked. */
  retention?: Retention
  /** Paid calls of the day, role by role; empty where nobody was paid. */
  spent: SpendByRole
}

/** What the user of that day wished for. */
export function wishOf({ slots, wake, sleep }: DayPlan): Wish {
  return {
    wishedSlots: slots?.length ?? null,
    wishedPerHour: slots ? slots.length / ((sleep - wake) / 60) : null,
  }
}

export interface MeasureOptions extends Pick<SimulatorConfig, 'decide' | 'stepSeconds'> {
  path: string
  records: readonly RatedRecord[]
  plan: DayPlan
  built: BuiltPairs
  retention: Retention | null
  spent: SpendByRole
}

/** Simulated seconds of a step: as configured, or what a step came to on average where actions decide. */
export function stepSecondsOf(
  { wake, sleep, moments }: DayPlan,
  { decide, stepSeconds }: Pick<SimulatorConfig, 'decide' | 'stepSeconds'>,
): number {
  return decide === 'clock' ? stepSeconds : ((sleep - wake) * 60) / Math.max(1, moments.length)
}

/** Seals the day: its metrics are the last file written. */
export async function measureDay(options: MeasureOptions): Promise<StoredDayMetrics> {
  const { path, records, plan, built, retention, spent } = options
  const { pairs, ties, identical } = built
  const metrics: StoredDayMetrics = {
    day: plan.day,
    ...dayMetrics(records, wishOf(plan), stepSecondsOf(plan, options)),
    pairs: pairs.length,
    ties,
    identical,
    ...(retention && { retention }),
    spent,
  }
  await writeJsonAtomic(path, metrics)
  return metrics
}
