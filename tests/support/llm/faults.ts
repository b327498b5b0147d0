import { randomAt } from '../../../common/random.js'
import type { Fault, FaultShares } from './types.js'

/** Draws the fault of an attempt: a function of the body and of how often this body came before. */
export function drawFault(
  { rateLimit = 0, serverError = 0, cut = 0, malformed = 0, seed = 1 }: FaultShares,
  body: string,
  attempt: number,
  retryAfter: number,
): Fault | undefined {
  const random = randomAt(seed, 'fault', attempt, body)
  let left = random.next()
  if ((left -= rateLimit) < 0) {
    return {
      kind: 'status',
      status: 429,
      message: 'Rate limit reached for requests',
      headers: { 'retry-after': String(retryAfter) },
    }
  }
  if ((left -= serverError) < 0)
    return { kind: 'status', status: random.pick([500, 502, 503]), message: 'The server had an error' }
  if ((left -= cut) < 0) return { kind: random.pick(['cut', 'cut-body', 'half'] as const) }
  if ((left -= malformed) < 0) return { kind: 'malformed' }
  return undefined
}

/** Text as a model that lost its way would end it: half of it, and brackets that close nothing. */
export function garble(text: string): string {
  return `${text.slice(0, Math.ceil(text.length / 2))}}]<|`
}
