import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import type { ServiceClient } from '../hosted/service-client.js'
import { type JobAnswer, jobAnswer } from './job-answer.js'
import { KEY_LABEL } from './job-request.js'

/**
 * Jobs of an account that carry a key, of all pages, oldest first. `listJobs` of `@huggingface/hub` asks for no label and
 * reads one page.
 */
export async function jobsWithKey(
  client: ServiceClient,
  account: string,
  key: string,
  signal?: AbortSignal,
): Promise<JobAnswer[]> {
  const jobs: JobAnswer[] = []
  const first = `/api/jobs/${account}`
  for (let path: string | null = `${first}?label=${encodeURIComponent(`${KEY_LABEL}=${key}`)}`; path;) {
    const response: Response = await client.send({ path, signal })
    const page = z.array(jobAnswer).safeParse(await response.json().catch(() => null))
    if (!page.success)
      throw new AttuneError(
        'TRAINER_ANSWER_INVALID',
        'trainer',
        'hf-jobs lists jobs in a form that attune does not know',
        { hint: 'Is the address right, and of this service?', cause: page.error },
      )
    jobs.push(...page.data)
    const next = /<([^>]+)>;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1]
    // whatever host it names, the key goes to ours
    path = next === undefined ? null : `${first}${new URL(next, 'http://localhost').search}`
  }
  return jobs
    .filter(({ labels }) => labels?.[KEY_LABEL] === key)
    .toSorted((a, b) => (a.createdAt ?? '').localeCompare(b.createdAt ?? ''))
}
