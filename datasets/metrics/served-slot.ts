import { type RatedRecord, scoreOf } from '../schema.js'

/** Least score of a recommendation that served its user: three of the four criteria hold. */
export const GOOD_SCORE = 3

/** What reached the user scores 3 or more; null where the rating failed. Silence can be good, too. */
export function isGood(record: RatedRecord): boolean | null {
  const rating = record.candidates[record.delivered]?.rating
  return rating ? scoreOf(rating) >= GOOD_SCORE : null
}

/** Something was said to the user at this step, be it malformed. */
export function isDelivery(record: RatedRecord): boolean {
  const candidate = record.candidates[record.delivered]
  return candidate !== undefined && candidate.text !== null
}

/**
 * The wished slot that this step served, or null: a slot is served by the first delivery inside it that scores 3 or
 * more. The one definition of it, for recall and for every count of served slots.
 */
export function servedSlot(record: RatedRecord): number | null {
  const slot = record.truth?.slot ?? -1
  return slot >= 0 && isDelivery(record) && isGood(record) === true ? slot : null
}
