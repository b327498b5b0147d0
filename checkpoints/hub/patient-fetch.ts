import { setTimeout as sleep } from 'node:timers/promises'
import { randomAt } from '../../common/random.js'
import { secondsTold } from '../../common/seconds-told.js'

export interface PatientFetchOptions {
  /** Further attempts of one request. @default 5 */
  retries?: number
  /** Most of the first wait, milliseconds. @default 1000 */
  backoffMs?: number
  fetch?: typeof fetch
}

const REPEATED = new Set([408, 412, 425, 429])

/**
 * A `fetch` that sends a request again after silence, 408, 412 (another commit came between), 425, 429 and 5xx, as told by
 * the answer or after growing waits. Only for requests that do no harm twice, as those of an upload to the Hub.
 */
export function patientFetch({
  retries = 5,
  backoffMs = 1000,
  fetch: send = fetch,
}: PatientFetchOptions = {}): typeof fetch {
  return async (input, init) => {
    const path = pathOf(input)
    for (let attempt = 0; ; attempt++) {
      const outcome = await send(input, init).catch((error: unknown) => error)
      init?.signal?.throwIfAborted()
      const answered = outcome instanceof Response
      const again = !answered || REPEATED.has(outcome.status) || outcome.status >= 500
      if (answered && (!again || attempt >= retries)) return outcome
      if (attempt >= retries) throw outcome
      const told = answered ? secondsTold(outcome.headers) : 0
      if (answered) await outcome.body?.cancel()
      const most = backoffMs * 2 ** Math.min(attempt, 6)
      const wait = told > 0 ? told * 1000 : most * randomAt(path, 'backoff', attempt).next()
      await sleep(wait, undefined, init?.signal ? { signal: init.signal } : {})
    }
  }
}

function pathOf(input: string | URL | Request): string {
  return new URL(input instanceof Request ? input.url : input).pathname
}
