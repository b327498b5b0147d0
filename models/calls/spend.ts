import type { EndpointConfig } from '../../configs/schema.js'
import type { GenerateReply } from '../chat-model.js'
import type { CallEntry } from './call-entry.js'

/** What calls came to. */
export interface Spend {
  /** Calls that yielded a reply. */
  calls: number
  /** Attempts that yielded nothing. */
  failures: number
  promptTokens: number
  /** Of `promptTokens`, those that the server had cached. */
  cachedTokens: number
  completionTokens: number
  usd: number
}

export const NOTHING_SPENT: Readonly<Spend> = {
  calls: 0,
  failures: 0,
  promptTokens: 0,
  cachedTokens: 0,
  completionTokens: 0,
  usd: 0,
}

/** Prompt and reply tokens of one call. */
export interface Usage {
  promptTokens: number
  cachedTokens: number
  completionTokens: number
}

export function usageOf({ promptTokens, cachedTokens = 0, choices }: GenerateReply): Usage {
  const completionTokens = choices.reduce((sum, choice) => sum + choice.completionTokens, 0)
  return { promptTokens, cachedTokens, completionTokens }
}

/** USD of a call at a price for a million tokens; 0 without a price. */
export function usdOf(usage: Usage, price: EndpointConfig['price']): number {
  if (price === null) return 0
  const { promptTokens, cachedTokens, completionTokens } = usage
  const cached = cachedTokens * (price.cachedInput ?? price.input)
  return ((promptTokens - cachedTokens) * price.input + cached + completionTokens * price.output) / 1e6
}

export function addSpend(a: Spend, b: Spend): Spend {
  return {
    calls: a.calls + b.calls,
    failures: a.failures + b.failures,
    promptTokens: a.promptTokens + b.promptTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    usd: a.usd + b.usd,
  }
}

export function spendOf(entry: CallEntry): Spend {
  if (entry.type === 'failure') return { ...NOTHING_SPENT, failures: 1 }
  if (entry.type === 'vector')
    return { ...NOTHING_SPENT, calls: 1, promptTokens: entry.tokens, usd: entry.usd }
  return { ...NOTHING_SPENT, ...usageOf(entry.reply), calls: 1, usd: entry.usd }
}
