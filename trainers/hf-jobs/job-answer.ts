import { z } from 'zod'
import type { JobState } from '../trainer.js'

/** A job as the service tells it, as far as it matters here; the types of `@huggingface/hub` lack most stages. */
export const jobAnswer = z.object({
  id: z.string().min(1),
  createdAt: z.string().nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  status: z.object({ stage: z.string(), message: z.string().nullish() }),
  durations: z.object({ runningSecs: z.number().nullish() }).nullish(),
})
export type JobAnswer = z.infer<typeof jobAnswer>

const STATES: Readonly<Record<string, JobState>> = {
  SCHEDULING: 'queued',
  COMPLETED: 'succeeded',
  ERROR: 'failed',
  CANCELED: 'cancelled',
  DELETED: 'cancelled',
}

/** `RUNNING`, `UPDATING` and whatever is not known yet are live. */
export const stateOf = ({ status }: JobAnswer): JobState => STATES[status.stage] ?? 'running'
