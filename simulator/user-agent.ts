import type { Candidate, Moment, MomentTruth, RatedCandidate, Rating } from '../datasets/schema.js'

/** A stretch of the day with one activity in one room; minutes since midnight, `end` exclusive. */
export interface PlannedAction {
  start: number
  end: number
  activity: string
  /** The activity in words. */
  action: string
  room: string
}

/** A stretch in which one good recommendation is wished; minutes since midnight, `end` exclusive. */
export interface WishedSlot {
  start: number
  end: number
  /** Minute from which it is overdue: half of its receptive time has passed. */
  overdueFrom: number
}

/** A day as the user lives it, before anything is said. */
export interface DayPlan {
  day: number
  /** 0 is Monday; day 1 of a run is a Monday. */
  weekday: number
  wake: number
  sleep: number
  /** The day in broad strokes, e.g. `07:30 making coffee`. */
  outline: string[]
  /** Without gaps from wake to sleep. */
  actions: PlannedAction[]
  /** The decision steps, in order. */
  moments: Moment[]
  /** Null for users who cannot tell when they wish to be spoken to. */
  slots: WishedSlot[] | null
}

/** What became of a request to rate: a rating, or the reason why it could not be had. */
export type RatingOutcome = { rating: Rating; failure: null } | { rating: null; failure: string }

/**
 * The simulated user: plans a day, rates what it could be told, and perceives what it was told.
 * Calls come in the order of the day; `perceive` with the records of an interrupted day brings the state back.
 */
export interface UserAgent {
  /** Plans day `day` (from 1) and forgets the day before. */
  planDay(day: number): Promise<DayPlan>
  /** What the user knows of this moment, or null if it cannot tell. */
  truth(moment: Moment): MomentTruth | null
  /** Rates candidates for one moment, in their order, without any effect on the user. */
  rate(moment: Moment, candidates: readonly Candidate[]): Promise<RatingOutcome[]>
  /** Takes in what was delivered (silence too). */
  perceive(moment: Moment, delivered: RatedCandidate): void
}
