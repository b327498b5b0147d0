import { z } from 'zod'
import type { JobState, JobStatus } from '../trainer.js'

export const fileAnswer = z.object({
  id: z.string(),
  processing_status: z.string().nullish(),
  validation_report: z.object({ error: z.string().nullish() }).nullish(),
})

const event = z.object({
  type: z.string().nullish(),
  level: z.string().nullish(),
  message: z.string().nullish(),
  created_at: z.string().nullish(),
  step: z.number().nullish(),
  total_steps: z.number().nullish(),
})

export const jobAnswer = z.object({
  id: z.string().min(1),
  status: z.string(),
  training_file: z.string().nullish(),
  suffix: z.string().nullish(),
  model_output_name: z.string().nullish(),
  events: z.array(event).nullish(),
  started_at: z.string().nullish(),
  updated_at: z.string().nullish(),
  token_count: z.number().nullish(),
  total_price: z.number().nullish(),
})
export type JobAnswer = z.infer<typeof jobAnswer>

export const jobList = z.object({ data: z.array(jobAnswer) })

export const metricsAnswer = z.object({
  metrics: z.array(z.record(z.string(), z.unknown())).nullish(),
})

export const priceAnswer = z.object({
  estimation_available: z.boolean().nullish(),
  allowed_to_proceed: z.boolean().nullish(),
  estimated_total_price: z.number().nullish(),
  user_limit: z.number().nullish(),
})

const batches = z.object({
  max_batch_size_dpo: z.number().nullish(),
  min_batch_size: z.number().nullish(),
  max_rank: z.number().nullish(),
  target_modules: z.array(z.string()).nullish(),
})

export const limitsAnswer = z.object({
  max_learning_rate: z.number().nullish(),
  min_learning_rate: z.number().nullish(),
  max_num_epochs: z.number().nullish(),
  max_seq_length_dpo: z.number().nullish(),
  supports_full_training: z.boolean().nullish(),
  lora_training: batches.nullish(),
  full_training: batches.nullish(),
})
export type LimitsAnswer = z.infer<typeof limitsAnswer>

const STATES: Readonly<Record<string, JobState>> = {
  running: 'running',
  compressing: 'running',
  uploading: 'running',
  cancel_requested: 'running',
  cancelled: 'cancelled',
  error: 'failed',
  user_error: 'failed',
  completed: 'succeeded',
}

/** `pending`, `queued` and whatever is not known yet are waited for. */
export function statusOf({ status, events }: JobAnswer): JobStatus {
  const state = STATES[status] ?? 'queued'
  const told = events ?? []
  const at = told.findLast(({ step, total_steps }) => step != null && total_steps != null)
  const wrong = told.findLast(
    ({ type, level }) => type === 'job_error' || level?.toLowerCase().includes('error'),
  )
  return {
    state,
    progress: at ? { step: at.step!, steps: at.total_steps! } : null,
    error: state === 'failed' ? (wrong?.message ?? null) : null,
  }
}

/** Seconds between the start of a job and its end; null where one of them is not told. */
export function secondsOf({ started_at: from, updated_at: to }: JobAnswer): number | null {
  const seconds = (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000
  return Number.isFinite(seconds) ? seconds : null
}
