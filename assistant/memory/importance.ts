import type { DayEvent } from '../../datasets/events/day-event.js'
import { scoreOf } from '../../datasets/schema.js'

/** Importance of an event, 0..1: what was liked is worth repeating, an accepted silence teaches nothing. */
export function importanceOf({ text, rating }: DayEvent): number {
  if (!rating) return text === null ? 0 : 0.25
  const score = scoreOf(rating)
  return text === null ? (4 - score) / 4 : score / 4
}
