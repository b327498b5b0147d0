import type { Spend } from '../../models/calls/spend.js'
import { percent, whole } from './format-figure.js'

/** What was paid for, in one sentence; empty when no model was asked. */
export function spendLine({
  calls,
  failures,
  promptTokens,
  cachedTokens,
  completionTokens,
  usd,
}: Spend): string {
  if (calls === 0 && failures === 0) return ''
  const failed = failures > 0 ? ` (and ${whole(failures)} failed attempts)` : ''
  const cached = cachedTokens > 0 ? ` (${percent(cachedTokens / promptTokens)} cached)` : ''
  const money = usd > 0 ? `, ${dollars(usd)}` : ''
  return `Spent: ${whole(calls)} calls${failed}, ${whole(promptTokens)} prompt tokens${cached}, ${whole(completionTokens)} reply tokens${money}.`
}

/** `0.0042 USD`, `12.30 USD`. */
export function dollars(usd: number): string {
  return `${usd.toFixed(usd > 0 && usd < 1 ? 4 : 2)} USD`
}
