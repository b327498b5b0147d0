import { type Moment, type Rating, scoreOf } from '../../datasets/schema.js'

/** One thing that happened: what the user did, what was said, how it was rated. */
export interface MemoryEvent {
  moment: Moment
  /** What was said; null is silence. */
  text: string | null
  /** Minutes since the last delivery at that moment; null if there was none that day. */
  sinceDelivery: number | null
  /** Null until the rating arrived. */
  rating: Rating | null
}

/** Importance of an event, 0..1: a surprise in either direction is worth remembering, an accepted silence is not. */
export function importanceOf({ text, rating }: MemoryEvent): number {
  if (!rating) return text === null ? 0 : 0.5
  const score = scoreOf(rating)
  return text === null ? (4 - score) / 4 : Math.abs(score - 2) / 2
}
