import { z } from 'zod'
import type { JobState } from '../trainer.js'

const status = z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish()

export const datasetAnswer = z.object({ state: z.string().nullish(), status })

export const modelAnswer = z.object({
  state: z.string().nullish(),
  contextLength: z.number().nullish(),
  trainingContextLength: z.number().nullish(),
  tunable: z.boolean().nullish(),
})

export const jobAnswer = z.object({
  name: z.string().nullish(),
  state: z.string().nullish(),
  status,
  createTime: z.string().nullish(),
  completedTime: z.string().nullish(),
  trainingConfig: z.object({ outputModel: z.string().nullish() }).nullish(),
})
export type JobAnswer = z.infer<typeof jobAnswer>

export const metricsAnswer = z.object({ signedUrl: z.string().nullish() })

const STATES: Readonly<Record<string, JobState>> = {
  RUNNING: 'running',
  WRITING_RESULTS: 'running',
  CANCELLING: 'running',
  COMPLETED: 'succeeded',
  EARLY_STOPPED: 'succeeded',
  FAILED: 'failed',
  EXPIRED: 'failed',
  CANCELLED: 'cancelled',
  DELETING: 'cancelled',
  DELETING_CLEANING_UP: 'cancelled',
}

/** `CREATING`, `PENDING`, `PAUSED` and whatever is not known yet are waited for. */
export const stateOf = ({ state }: JobAnswer): JobState =>
  STATES[(state ?? '').replace(/^JOB_STATE_/, '')] ?? 'queued'

/** Seconds between the making of a job and its end, with its time in the queue; null where one is not told. */
export function secondsOf({ createTime: from, completedTime: to }: JobAnswer): number | null {
  const seconds = (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000
  return Number.isFinite(seconds) ? seconds : null
}
