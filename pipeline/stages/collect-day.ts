import type { Assistant } from '../../assistant/assistant.js'
import type { RatedCandidate, RatedRecord } from '../../datasets/schema.js'
import type { DayPlan, UserAgent } from '../../simulator/user-agent.js'
import type { Journal } from '../journal.js'

export interface CollectOptions {
  user: UserAgent
  assistant: Assistant
  plan: DayPlan
  /** Steps after which the assistant learns of a rating. */
  delaySteps: number
  /** Where records go before anything depends on them; null keeps them in memory only. */
  journal: Journal | null
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
  for (const record of journal?.records ?? []) {
    user.perceive(record.moment, record.candidates[record.delivered]!)
    records.push(record)
    tell(assistant, records, records.length - 1, delaySteps)
  }
  for (const moment of plan.moments.slice(records.length)) {
    signal?.throwIfAborted()
    const truth = user.truth(moment)
    const asked = user.asks?.(moment) ?? false
    const proposal = await assistant.propose(moment, { signal, asked })
    const outcomes = await user.rate(moment, proposal.candidates, { signal })
    const record: RatedRecord = {
      moment,
      system: proposal.system ?? null,
      prompt: proposal.prompt,
      asked,
      candidates: proposal.candidates.map((candidate, i): RatedCandidate => ({
        ...candidate,
        ...outcomes[i]!,
      })),
      delivered: proposal.delivered,
      truth,
      promptTokens: proposal.promptTokens,
      completionTokens: proposal.completionTokens,
    }
    journal?.append(record)
    user.perceive(moment, record.candidates[record.delivered]!)
    records.push(record)
    tell(assistant, records, records.length - 1, delaySteps)
    onStep?.(records.length, plan.moments.length)
  }
  endDay(assistant, records, delaySteps)
  return records
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
