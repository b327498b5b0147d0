import { type Address, randomAt } from '../../common/random.js'

const LONGEST_BACKOFF = 60_000
const LONGEST_RETRY_AFTER = 600_000

/**
 * Milliseconds before attempt `attempt` + 1: exponential backoff with full jitter (AWS Architecture Blog,
 * "Exponential Backoff And Jitter"), after what the server asked for. The jitter is drawn at the call's address.
 *
 * @param base milliseconds, most of the first backoff
 * @param retryAfter milliseconds that the server asked for; more than 10 minutes count as 10 minutes
 */
export function retryWait(
  address: Address,
  attempt: number,
  base: number,
  retryAfter: number | null,
): number {
  const jitter = randomAt(...address, 'backoff', attempt).next()
  if (retryAfter !== null) return Math.min(retryAfter, LONGEST_RETRY_AFTER) + jitter * base
  return jitter * Math.min(LONGEST_BACKOFF, base * 2 ** (attempt - 1))
}

/** Milliseconds that `retry-after-ms`, or `Retry-After` in seconds or as an HTTP date, asks for; null: not told. */
export function retryAfterOf(headers: Headers): number | null {
  const precise = Number(headers.get('retry-after-ms') ?? NaN)
  if (precise >= 0) return precise
  const told = headers.get('retry-after')
  if (told === null || told.trim() === '') return null
  const seconds = Number(told)
  if (seconds >= 0) return seconds * 1000
  const date = Date.parse(told)
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now())
}
