import { z } from 'zod'
import type { JobState } from '../trainer.js'

export const fileAnswer = z.object({
  id: z.string().min(1),
  status: z.string().optional(),
  status_details: z.string().nullish(),
})

export const jobAnswer = z.object({
  id: z.string().min(1),
  status: z.string(),
  training_file: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  fine_tuned_model: z.string().nullish(),
  trained_tokens: z.number().nullish(),
  created_at: z.number().nullish(),
  finished_at: z.number().nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
})
export type JobAnswer = z.infer<typeof jobAnswer>

export const eventAnswer = z.object({
  id: z.string(),
  type: z.string().nullish(),
  level: z.string().nullish(),
  message: z.string(),
  data: z.record(z.string(), z.unknown()).nullish(),
})
export type EventAnswer = z.infer<typeof eventAnswer>

export const checkpointAnswer = z.object({
  id: z.string(),
  step_number: z.number(),
  metrics: z.record(z.string(), z.unknown()).nullish(),
})

export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), has_more: z.boolean().nullish() })

const STATES: Readonly<Record<string, JobState>> = {
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
}

/** `validating_files`, `queued`, `paused` and whatever is not known yet are waited for. */
export const stateOf = ({ status }: JobAnswer): JobState => STATES[status] ?? 'queued'

/** What a failed job says for itself. */
export function failureOf({ error, status }: JobAnswer): string | null {
  if (status !== 'failed') return null
  return error?.message ?? error?.code ?? null
}
