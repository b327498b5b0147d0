import type { Moment, Rating } from '../schema.js'

/** One thing that happened on a day: what the user did, what was said, how it was rated. */
export interface DayEvent {
  moment: Moment
  /** What was said; null is silence. */
  text: string | null
  /** Null until the rating arrived. */
  rating: Rating | null
  /** Minute of the day at which the rating arrived; absent: with the event itself. */
  ratedAt?: number
}
