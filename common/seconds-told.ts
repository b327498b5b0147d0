/**
 * Seconds after which a refused request may be sent again: `Retry-After`, or `t` of the `RateLimit` header of the Hugging
 * Face Hub once nothing remains (https://huggingface.co/docs/hub/rate-limits). 0: not told.
 */
export function secondsTold(headers: Headers): number {
  const seconds = Number(headers.get('retry-after'))
  if (seconds > 0) return seconds
  const [, reset = 0] = /;\s*r=0\s*;\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '') ?? []
  return Number(reset)
}
