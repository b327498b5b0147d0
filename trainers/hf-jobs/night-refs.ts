import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import type { Refs } from '../hosted/service.js'

/** What is made on the way to a job, as it stands in a handle. */
const refsOf = z.object({
  account: z.string(),
  flavor: z.string(),
  dataset: z.string(),
  /** Commit of the dataset. */
  revision: z.string(),
  model: z.string(),
  branch: z.string(),
  label: z.string(),
  /** Ids of jobs with the same key that were there before, with commas. */
  earlier: z.string(),
})

export type NightRefs = z.infer<typeof refsOf>

/** @throws AttuneError HANDLE_INVALID when a handle was written by something else, or before the job was prepared */
export function nightRefs(refs: Refs): NightRefs {
  const read = refsOf.safeParse(refs)
  if (read.success) return read.data
  throw new AttuneError('HANDLE_INVALID', 'data', 'this is no handle of a job of hf-jobs', {
    hint: 'Look at https://huggingface.co/settings/jobs whether a job of this day is under way; delete handle.json to submit a new one.',
    cause: read.error,
  })
}

/** Path of a job. */
export const jobPath = (id: string, refs: Refs): string =>
  `/api/jobs/${nightRefs(refs).account}/${encodeURIComponent(id)}`
