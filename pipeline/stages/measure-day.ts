import { writeJsonAtomic } from '../../common/files.js'
import { type DayMetrics, type Wish, dayMetrics } from '../../datasets/metrics/day-metrics.js'
import type { BuiltPairs } from '../../datasets/pairing/build-pairs.js'
import type { RatedRecord } from '../../datasets/schema.js'
import type { DayPlan } from '../../simulator/user-agent.js'

/** `metrics.json` of a persona-day: what was lived, and what became of the comparisons. */
export interface StoredDayMetrics extends DayMetrics {
  day: number
  pairs: number
  ties: number
  identical: number
}

/** What the user of that day wished for. */
export function wishOf({ slots, wake, sleep }: DayPlan): Wish {
  return {
    wishedSlots: slots?.length ?? null,
    wishedPerHour: slots ? slots.length / ((sleep - wake) / 60) : null,
  }
}

/** Seals the day: its metrics are the last file written. */
export async function measureDay(
  path: string,
  records: readonly RatedRecord[],
  plan: DayPlan,
  built: BuiltPairs,
  stepSeconds: number,
): Promise<StoredDayMetrics> {
  const { pairs, ties, identical } = built
  const metrics: StoredDayMetrics = {
    day: plan.day,
    ...dayMetrics(records, wishOf(plan), stepSeconds),
    pairs: pairs.length,
    ties,
    identical,
  }
  await writeJsonAtomic(path, metrics)
  return metrics
}
