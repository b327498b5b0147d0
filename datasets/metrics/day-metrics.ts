import { type Criterion, type Rating, type RatedRecord, scoreOf } from '../schema.js'
import { isDelivery, isGood, servedSlot } from './served-slot.js'

/** What the user of that day wished for, as told by the simulator; null where it cannot tell. */
export interface Wish {
  /** Recommendations an hour. */
  wishedPerHour: number | null
  /** Slots of the day, one for each wished interval of the receptive day. */
  wishedSlots: number | null
}

/** One persona's day in figures. null: undefined, e.g. the score of deliveries on a silent day. Scores are 0 to 4. */
export interface DayMetrics {
  /** Mean score of what reached the user, over all steps with a rating. */
  mean: number | null
  /** The same over steps at which something was said. */
  delivered: number | null
  /** The same over steps at which nothing was said. */
  silent: number | null
  /** Share of steps at which each criterion holds, 0 to 1. */
  criteria: Record<Criterion, number | null>
  /** The same over deliveries. */
  deliveredCriteria: Record<Criterion, number | null>
  /** Share of steps scoring 3 or more. */
  atLeast3: number | null
  /** Deliveries an hour awake. */
  perHour: number | null
  wishedPerHour: number | null
  /** Deliveries scoring 3 or more / deliveries with a rating. */
  precision: number | null
  /** Wished slots in which such a delivery came / wished slots. */
  recall: number | null
  /** Harmonic mean of both; 0 for a day of silence with slots to serve. */
  f1: number | null
  /** Share of the sampled candidates that could not be read. */
  malformed: number | null
  /** Candidates whose rating could not be had. */
  failures: number
  steps: number
  deliveries: number
  /** Tokens the assistant read and wrote. */
  tokens: number
}

/**
 * @param records of one persona and day
 * @param wish of the same day
 * @param stepSeconds simulated seconds of a step; hours awake are steps x stepSeconds
 */
export function dayMetrics(records: readonly RatedRecord[], wish: Wish, stepSeconds: number): DayMetrics {
  const spoken = records.filter(isDelivery)
  const silent = records.filter((record) => !isDelivery(record))
  const candidates = records.flatMap((record) => record.candidates)
  const sampled = candidates.filter((candidate) => candidate.origin === 'sampled')
  const verdicts = records.flatMap((record) => isGood(record) ?? [])
  const precision = mean(spoken.flatMap((record) => isGood(record) ?? []).map(Number))
  const served = new Set(records.flatMap((record) => servedSlot(record) ?? []))
  const recall = wish.wishedSlots ? served.size / wish.wishedSlots : null
  return {
    mean: meanScore(records),
    delivered: meanScore(spoken),
    silent: meanScore(silent),
    criteria: criterionShares(records),
    deliveredCriteria: criterionShares(spoken),
    atLeast3: mean(verdicts.map(Number)),
    perHour: records.length > 0 ? (spoken.length * 3600) / (records.length * stepSeconds) : null,
    wishedPerHour: wish.wishedPerHour,
    precision,
    recall,
    f1: f1Of(precision, recall),
    malformed: mean(sampled.map((candidate) => Number(candidate.malformed))),
    failures: candidates.filter((candidate) => candidate.rating === null).length,
    steps: records.length,
    deliveries: spoken.length,
    tokens: records.reduce((sum, record) => sum + record.promptTokens + record.completionTokens, 0),
  }
}

function ratingsOf(records: readonly RatedRecord[]): Rating[] {
  return records.flatMap((record) => record.candidates[record.delivered]?.rating ?? [])
}

function meanScore(records: readonly RatedRecord[]): number | null {
  return mean(ratingsOf(records).map(scoreOf))
}

function criterionShares(records: readonly RatedRecord[]): Record<Criterion, number | null> {
  const ratings = ratingsOf(records)
  const share = (criterion: Criterion) => mean(ratings.map((rating) => rating[criterion].value))
  return {
    preference: share('preference'),
    timing: share('timing'),
    frequency: share('frequency'),
    communication: share('communication'),
  }
}

/** Without a slot to serve there is no F1; without a delivery that serves one it is 0. */
function f1Of(precision: number | null, recall: number | null): number | null {
  if (recall === null) return null
  if (precision === null || precision + recall === 0) return 0
  return (2 * precision * recall) / (precision + recall)
}

function mean(values: readonly number[]): number | null {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null
}
