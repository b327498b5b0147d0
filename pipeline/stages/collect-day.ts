import type { Assistant } from '../../assistant/assistant.js'
import {
  CRITERIA,
  type Moment,
  type RatedCandidate,
  type RatedRecord,
  scoreOf,
} from '../../datasets/schema.js'
import type { DayPlan, UserAgent } from '../../simulator/user-agent.js'
import type { Journal } from '../journal.js'

const BEST_SCORE = CRITERIA.length

export interface CollectOptions {
  user: UserAgent
  assistant: Assistant
  plan: DayPlan
  /** Steps after which the assistant learns of a rating. */
  delaySteps: number
  /** Where records go before anything depends on them; null keeps them in memory only. */
  journal: Journal | null
  /** The user asks to be spoken to, and an assistant may wait for that. @default false */
  reactive?: boolean
  /** The user rewrites what was delivered, where it could have been better. @default false */
  revise?: boolean
  signal?: AbortSignal | undefined
  /** Told after each step. */
  onStep?: (done: number, of: number) => void
}

/**
 * Lives one day: at each moment the assistant proposes, the user rates every candidate, and one of them is
 * delivered. Goes on after the records that the journal already holds.
 *
 * @throws the signal's reason when aborted between two steps; what was collected stays in the journal
 */
export async function collectDay(options: CollectOptions): Promise<RatedRecord[]> {
  const { user, assistant, plan, delaySteps, journal, signal, onStep } = options
  const records: RatedRecord[] = []
  assistant.startDay(plan.day)
  for (const record of journal?.entries ?? []) {
    user.perceive(record.moment, record.candidates[record.delivered]!)
    records.push(record)
    tell(assistant, records, records.length - 1, delaySteps)
  }
  for (const moment of plan.moments.slice(records.length)) {
    signal?.throwIfAborted()
    const record = await liveStep(moment, options)
    journal?.append(record)
    user.perceive(moment, record.candidates[record.delivered]!)
    records.push(record)
    tell(assistant, records, records.length - 1, delaySteps)
    onStep?.(records.length, plan.moments.length)
  }
  endDay(assistant, records, delaySteps)
  return records
}

/** One moment: proposed, rated, and, where asked for, rewritten by the user. */
async function liveStep(moment: Moment, options: CollectOptions): Promise<RatedRecord> {
  const { user, assistant, reactive = false, revise = false, signal } = options
  const truth = user.truth(moment)
  const asked = reactive && (user.asks?.(moment) ?? false)
  const proposal = await assistant.propose(moment, { signal, asked })
  const outcomes = await user.rate(moment, proposal.candidates, { signal })
  const candidates = proposal.candidates.map((candidate, i): RatedCandidate => ({
    ...candidate,
    ...outcomes[i]!,
  }))
  if (revise) candidates.push(...(await revision(moment, candidates[proposal.delivered]!, options)))
  return {
    moment,
    system: proposal.system ?? null,
    prompt: proposal.prompt,
    asked,
    candidates,
    delivered: proposal.delivered,
    truth,
    promptTokens: proposal.promptTokens,
    completionTokens: proposal.completionTokens,
  }
}

/** What the user would rather have had, rated like any candidate; nothing where the best score was reached. */
async function revision(
  moment: Moment,
  delivered: RatedCandidate,
  { user, assistant, signal }: CollectOptions,
): Promise<RatedCandidate[]> {
  if (!user.revise || delivered.rating === null || scoreOf(delivered.rating) === BEST_SCORE) return []
  const { text, failure } = await user.revise(moment, delivered, { signal })
  const reply = failure === null ? (assistant.replyFor?.(text) ?? null) : null
  const candidate = { text, origin: 'revision', malformed: false, reply, logProb: null } as const
  if (failure !== null) return [{ ...candidate, rating: null, failure }]
  const [outcome] = await user.rate(moment, [candidate], { signal })
  return [{ ...candidate, ...outcome! }]
}

/** Brings back what an assistant learned on a day that is sealed. */
export function remember(
  assistant: Assistant,
  day: number,
  records: readonly RatedRecord[],
  delaySteps: number,
): void {
  assistant.startDay(day)
  records.forEach((_, i) => tell(assistant, records, i, delaySteps))
  endDay(assistant, records, delaySteps)
}

/** Tells of the delivery of step `i`, and of the rating that has arrived by then. */
function tell(assistant: Assistant, records: readonly RatedRecord[], i: number, delaySteps: number): void {
  const { moment, candidates, delivered } = records[i]!
  assistant.observe({ type: 'delivered', moment, text: candidates[delivered]!.text })
  const due = records[i - delaySteps]
  if (due) tellRating(assistant, due)
}

/** By the end of the day all ratings have arrived. */
function endDay(assistant: Assistant, records: readonly RatedRecord[], delaySteps: number): void {
  if (delaySteps > 0) records.slice(-delaySteps).forEach((record) => tellRating(assistant, record))
}

function tellRating(assistant: Assistant, { moment, candidates, delivered }: RatedRecord): void {
  const { rating } = candidates[delivered]!
  if (rating) assistant.observe({ type: 'rated', moment, rating })
}
