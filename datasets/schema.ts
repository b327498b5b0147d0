/** The four binary criteria of a rating, in the order of the paper (arXiv 2509.21730, section 3). */
export const CRITERIA = ['preference', 'timing', 'frequency', 'communication'] as const
export type Criterion = (typeof CRITERIA)[number]

/** One decision step in a persona's day: what an assistant in the home can see. */
export interface Moment {
  persona: string
  /** Day of the run, from 1. */
  day: number
  /** Decision step of the day, from 0. Steps asleep are skipped, so numbers are consecutive while awake. */
  step: number
  /** Simulated minutes since midnight of the day's start; beyond 1440 for those who stay up past midnight. */
  minute: number
  /** 0 is Monday. */
  weekday: number
  /** Name of the activity as configured in `home.yaml`, e.g. `cooking dinner`. */
  activity: string
  /** What is being done in words, e.g. `cooking dinner: chopping vegetables at the counter`. */
  action: string
  room: string
}

/**
 * Why a candidate exists: `sampled` freely; `spoken`, a counterfactual for which silence was excluded;
 * `silence`, the counterfactual of saying nothing; `revision`, the user's rewrite of what was delivered.
 */
export const CANDIDATE_ORIGINS = ['sampled', 'spoken', 'silence', 'revision'] as const
export type CandidateOrigin = (typeof CANDIDATE_ORIGINS)[number]

/** Something the assistant could say at a moment, or its silence. */
export interface Candidate {
  /** What is said; null is silence. */
  text: string | null
  origin: CandidateOrigin
  /** The reply could not be read as a recommendation or silence; `text` is then the raw reply. */
  malformed: boolean
  /** The reply as the model writes it, e.g. JSON with a reason; null where it is the text itself. */
  reply: string | null
  /** Log-probability of the reply, if the model tells it. */
  logProb: number | null
}

/** A criterion's verdict. */
export interface Verdict {
  value: 0 | 1
  /** One sentence in the persona's voice. */
  reason: string
}

/** Four verdicts; their sum is the score, 0..4. */
export type Rating = Record<Criterion, Verdict>

/** A candidate with its rating, or with what went wrong: a rating that could not be had is never a 0. */
export type RatedCandidate = Candidate &
  ({ rating: Rating; failure: null } | { rating: null; failure: string })

/** One step as it was lived: the line of a day's journal and the row of `records.parquet`. */
export interface RatedRecord {
  moment: Moment
  /** The assistant's system message; null for models without one. */
  system: string | null
  /** The assistant's prompt as the model saw it: the user message where there is a system message. */
  prompt: string
  /** The user asked to be spoken to at this step. */
  asked: boolean
  /** All candidates that were asked for; `delivered` indexes the one that reached the user. */
  candidates: RatedCandidate[]
  delivered: number
  /** Ground truth of the simulated user, hidden from the assistant; null for users who cannot tell. */
  truth: MomentTruth | null
  promptTokens: number
  completionTokens: number
}

/** What the simulated user knows of the moment before anything is said. */
export interface MomentTruth {
  receptive: boolean
  /** Index of the wished slot this moment lies in; -1 outside of all. */
  slot: number
  /** The slot had been served before this step. */
  served: boolean
  /** The slot's later half passes unserved while the user is receptive. */
  overdue: boolean
}

/** What a pair sets against each other: chosen over rejected. */
export const PAIR_KINDS = ['spoken>spoken', 'silence>spoken', 'spoken>silence'] as const
export type PairKind = (typeof PAIR_KINDS)[number]

/** One row of preference data; `prompt`, `chosen`, `rejected` are TRL's columns (plain text form). */
export interface PreferencePair {
  /** System message before the prompt; null where there is none. */
  system: string | null
  prompt: string
  chosen: string
  rejected: string
  kind: PairKind
  chosenScore: number
  rejectedScore: number
  /** Where it came from. */
  persona: string
  day: number
  step: number
  /** Minutes since the last delivery at that step, for stratified replay; null if there was none that day. */
  sinceDelivery: number | null
}

/** How silence is written in a prompt or a reply (paper, code). Compared as a whole, never as a substring. */
export const NO_RECOMMENDATION = 'No Recommendation'

/** A rating from a verdict of each criterion. */
export function ratingOf(verdict: (criterion: Criterion) => Verdict): Rating {
  return {
    preference: verdict('preference'),
    timing: verdict('timing'),
    frequency: verdict('frequency'),
    communication: verdict('communication'),
  }
}

/** Sum of the four verdicts, 0..4. */
export function scoreOf(rating: Rating): number {
  return CRITERIA.reduce((sum, criterion) => sum + rating[criterion].value, 0)
}
