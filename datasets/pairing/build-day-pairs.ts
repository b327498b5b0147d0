import type { RatedRecord } from '../schema.js'
import { type BuiltPairs, type PairRules, buildPairs } from './build-pairs.js'

/**
 * The preference pairs of a whole day and what became of the other comparisons.
 *
 * @param records of one persona and day, in the order of their steps
 */
export function buildDayPairs(records: readonly RatedRecord[], config: PairRules): BuiltPairs {
  const day: BuiltPairs = { pairs: [], ties: 0, identical: 0, malformed: 0, repeated: 0, failures: 0 }
  let lastDelivery: number | null = null
  for (const record of records) {
    const { minute } = record.moment
    const built = buildPairs(record, lastDelivery === null ? null : minute - lastDelivery, config)
    for (const pair of built.pairs) day.pairs.push(pair)
    for (const count of ['ties', 'identical', 'malformed', 'repeated', 'failures'] as const)
      day[count] += built[count]
    if (record.candidates[record.delivered]?.text !== null) lastDelivery = minute
  }
  return day
}
