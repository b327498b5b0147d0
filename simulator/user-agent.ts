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

/** What became of a request to rewrite: the text (null: silence would have been right), or why there is none. */
export type RevisionOutcome = { text: string | null; failure: null } | { text: null; failure: string }

export interface CallOptions {
  signal?: AbortSignal | undefined
}

/**
 * The simulated user: plans a day, rates what it could be told, and perceives what it was told.
 * Calls come in the order of the day; `perceive` with the records of an interrupted day brings the state back.
 */
export interface UserAgent {
  /** Plans day `day` (from 1) and forgets the day before. @throws AttuneError of kind `model` without a plan */
  planDay(day: number, options?: CallOptions): Promise<DayPlan>
  /** What the user knows of this moment, or null if it cannot tell. */
  truth(moment: Moment): MomentTruth | null
  /**
   * Whether the user would ask for something now: what an assistant waits for that speaks only when asked. Absent: this
   * user never asks.
   */
  asks?(moment: Moment): boolean
  /**
   * Rates candidates for one moment, in their order, without any effect on the user.
   * @throws AttuneError of kind `model` only where no rating can be had at all, e.g. a refused key
   */
  rate(moment: Moment, candidates: readonly Candidate[], options?: CallOptions): Promise<RatingOutcome[]>
  /** Rewrites what was delivered as the user would have had it; absent for users who cannot. */
  revise?(moment: Moment, delivered: RatedCandidate, options?: CallOptions): Promise<RevisionOutcome>
  /** Takes in what was delivered (silence too). */
  perceive(moment: Moment, delivered: RatedCandidate): void
}
