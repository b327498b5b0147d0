import { numbersOf } from '../hosted/numbers-of.js'
import type { TrainingLog } from '../trainer.js'
import type { EventAnswer } from './openai-answers.js'

/** OpenAI's names of metrics that TRL has too. */
const NAMES = { train_loss: 'loss', train_mean_token_accuracy: 'mean_token_accuracy' }

/** Metrics of a job by step: those of its events, with those of its checkpoints of the same step. */
export function logOf(
  events: readonly EventAnswer[],
  checkpoints: readonly { step_number: number; metrics?: Record<string, unknown> | null | undefined }[],
): TrainingLog[] {
  const rows = new Map<number, TrainingLog>()
  const put = (step: number, values: Record<string, unknown>): void => {
    const { total_steps: _, ...numbers } = numbersOf(values, NAMES)
    rows.set(step, { ...rows.get(step), ...numbers, step })
  }
  for (const { type, data } of events)
    if (type === 'metrics' && typeof data?.['step'] === 'number') put(data['step'], data)
  for (const { step_number, metrics } of checkpoints) put(step_number, metrics ?? {})
  return [...rows.values()].toSorted((a, b) => a.step - b.step)
}

/** Steps done and planned, from the latest event that tells them. */
export function progressOf(events: readonly EventAnswer[]): { step: number; steps: number } | null {
  let latest: { step: number; steps: number } | null = null
  for (const { data } of events) {
    const { step, total_steps: steps } = numbersOf(data ?? {})
    if (step !== undefined && steps !== undefined && step >= (latest?.step ?? 0)) latest = { step, steps }
  }
  return latest
}
