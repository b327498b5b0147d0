import { type Moment, type Rating, scoreOf } from '../../datasets/schema.js'

/** One thing that happened: what the user did, what was said, how it was rated. */
export interface MemoryEvent {
  moment: Moment
  /** What was said; null is silence. */
  text: string | null
  /** Null until the rating arrived. */
  rating: Rating | null
}

/** Importance of an event, 0..1: what was liked is worth repeating, an accepted silence teaches nothing. */
export function importanceOf({ text, rating }: MemoryEvent): number {
  if (!rating) return text === null ? 0 : 0.25
  const score = scoreOf(rating)
  return text === null ? (4 - score) / 4 : score / 4
}
