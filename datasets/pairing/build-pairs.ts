import type { PairsConfig } from '../../configs/schema.js'
import {
  NO_RECOMMENDATION,
  type PreferencePair,
  type RatedCandidate,
  type RatedRecord,
  scoreOf,
} from '../schema.js'

/** What became of the comparisons; each yields a pair or is counted once. */
export interface PairCounts {
  /** Scores equal, or closer than `minMargin`. */
  ties: number
  /** All texts the same, e.g. silence against silence. */
  identical: number
  /** The higher score was that of a malformed reply, which never wins. */
  malformed: number
  /** The same pair had come out of an earlier comparison of the step. */
  repeated: number
  /** Candidates without a rating; they take no part. */
  failures: number
}

export interface BuiltPairs extends PairCounts {
  pairs: PreferencePair[]
}

interface Scored {
  /** What is said: candidates of equal text are one and the same. */
  text: string
  /** What a model is trained to write. */
  reply: string
  silent: boolean
  malformed: boolean
  origin: RatedCandidate['origin']
  score: number
}

/** What of the configuration decides on pairs. */
export type PairRules = Pick<PairsConfig, 'minMargin'> & Partial<Pick<PairsConfig, 'source'>>

type Outcome = { chosen: Scored; rejected: Scored } | Exclude<keyof PairCounts, 'failures' | 'repeated'>

/**
 * The preference pairs of one step.
 *
 * - Sampled candidates: best over worst (with two of them the pair of the paper, arXiv 2509.21730).
 * - Spoken counterfactuals: best over worst.
 * - With counterfactuals also silence against the best spoken reply, whichever scores higher.
 *
 * With `source: revision` there is one comparison: what was delivered against the user's rewrite of it.
 *
 * Of equals the first is taken. Silence is written `No Recommendation`.
 *
 * @param sinceDelivery minutes since the last delivery of the day; null if there was none
 */
export function buildPairs(record: RatedRecord, sinceDelivery: number | null, config: PairRules): BuiltPairs {
  const rated = record.candidates.flatMap(scored)
  const built: BuiltPairs = {
    pairs: [],
    ties: 0,
    identical: 0,
    malformed: 0,
    repeated: 0,
    failures: record.candidates.length - rated.length,
  }
  const seen = new Set<string>()
  for (const group of comparisons(record, rated, config.source ?? 'candidates')) {
    const outcome = compare(group, config.minMargin)
    if (typeof outcome === 'string') {
      built[outcome]++
      continue
    }
    const pair = pairOf(record, outcome.chosen, outcome.rejected, sinceDelivery)
    const key = JSON.stringify([outcome.chosen.text, outcome.rejected.text])
    if (seen.has(key)) built.repeated++
    else built.pairs.push(pair)
    seen.add(key)
  }
  return built
}

function scored(candidate: RatedCandidate): Scored[] {
  if (candidate.rating === null) return []
  const { malformed, origin, rating } = candidate
  const text = candidate.text ?? NO_RECOMMENDATION
  const silent = candidate.text === null
  return [{ text, reply: candidate.reply ?? text, silent, malformed, origin, score: scoreOf(rating) }]
}

/** Groups of candidates that are set against each other, each of two or more. */
function comparisons(
  record: RatedRecord,
  rated: readonly Scored[],
  source: PairsConfig['source'],
): Scored[][] {
  if (source === 'revision') {
    const group = [
      ...scored(record.candidates[record.delivered]!),
      ...rated.filter((c) => c.origin === 'revision'),
    ]
    return group.length > 1 ? [group] : []
  }
  const sampled = rated.filter((c) => c.origin === 'sampled')
  const spoken = rated.filter((c) => c.origin === 'spoken')
  const groups = [sampled, spoken]
  if (record.candidates.some((c) => c.origin === 'spoken' || c.origin === 'silence')) {
    const silence = rated.find((c) => c.origin === 'silence') ?? sampled.find((c) => c.silent)
    const said = [...sampled, ...spoken].filter((c) => !c.silent && !c.malformed)
    if (silence && said.length > 0) groups.push([silence, highest(said)])
  }
  return groups.filter((group) => group.length > 1)
}

function compare(group: readonly Scored[], minMargin: number): Outcome {
  const first = group[0]!
  if (group.every((c) => c.text === first.text)) return 'identical'
  const wellFormed = group.filter((c) => !c.malformed)
  const chosen = wellFormed.length > 0 ? highest(wellFormed) : null
  if (chosen !== null) {
    const rejected = lowest(group.filter((c) => c.text !== chosen.text))
    if (chosen.score - rejected.score >= minMargin) return { chosen, rejected }
  }
  return highest(group).score - lowest(group).score >= minMargin && highest(group).malformed
    ? 'malformed'
    : 'ties'
}

function highest(group: readonly Scored[]): Scored {
  return group.reduce((best, c) => (c.score > best.score ? c : best))
}

function lowest(group: readonly Scored[]): Scored {
  return group.reduce((worst, c) => (c.score < worst.score ? c : worst))
}

function pairOf(
  record: RatedRecord,
  chosen: Scored,
  rejected: Scored,
  sinceDelivery: number | null,
): PreferencePair {
  const { persona, day, step } = record.moment
  return {
    system: record.system,
    prompt: record.prompt,
    chosen: chosen.reply,
    rejected: rejected.reply,
    // silence over silence cannot be: their texts are identical
    kind: chosen.silent ? 'silence>spoken' : rejected.silent ? 'spoken>silence' : 'spoken>spoken',
    chosenScore: chosen.score,
    rejectedScore: rejected.score,
    persona,
    day,
    step,
    sinceDelivery,
  }
}
