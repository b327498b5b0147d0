import { setTimeout as sleep } from 'node:timers/promises'
import { AttuneError } from '../../common/error.js'
import type { TrainerConfig } from '../../configs/schema.js'

/** Why the data cannot be used; null while it is still being processed. */
export type DataState = 'ready' | 'processing' | { rejected: string }

/**
 * Looks at uploaded data until the service has processed it.
 * @throws AttuneError TRAINER_DATA_REJECTED when it refuses the data, or has not processed it within `hosted.timeoutMinutes`
 */
export async function awaitData(
  service: string,
  { pollSeconds, timeoutMinutes }: TrainerConfig['hosted'],
  look: () => Promise<DataState>,
  signal?: AbortSignal,
): Promise<void> {
  for (let waited = 0; ; waited += pollSeconds) {
    const state = await look()
    if (state === 'ready') return
    if (state !== 'processing')
      throw rejected(`${service} refuses the pairs: ${state.rejected}`, 'Correct what the service tells.')
    if (waited >= timeoutMinutes * 60)
      throw rejected(
        `${service} has not processed the pairs in ${timeoutMinutes} minutes`,
        'Run the same command again later.',
      )
    await sleep(pollSeconds * 1000, undefined, signal && { signal }).catch(() => undefined)
    signal?.throwIfAborted()
  }
}

const rejected = (message: string, hint: string): AttuneError =>
  new AttuneError('TRAINER_DATA_REJECTED', 'trainer', message, { hint: `${hint} No job was created.` })
