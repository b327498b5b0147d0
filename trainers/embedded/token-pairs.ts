import type { PreferencePair } from '../../datasets/schema.js'
import type { Tokenizer } from '../../models/lm/tokenizer.js'
import type { ReplyTrie } from '../../models/lm/trie.js'
import type { TokenPair } from './token-pair.js'

/**
 * Pairs as token ids, replies ended by the end-of-sequence token.
 * @param replies the replies a model may give; null: no mask
 * @throws AttuneError REPLY_NOT_ALLOWED for a reply that is none of `replies`
 */
export function tokenPairs(
  pairs: readonly PreferencePair[],
  tokenizer: Tokenizer,
  replies: ReplyTrie | null,
): TokenPair[] {
  // replay repeats texts
  const known = new Map<string, { ids: number[]; allowed: Int32Array[] | null }>()
  const reply = (text: string): { ids: number[]; allowed: Int32Array[] | null } => {
    let found = known.get(text)
    if (!found) {
      const ids = [...tokenizer.encode(text), tokenizer.eosTokenId]
      known.set(text, (found = { ids, allowed: replies?.allowedAlong(ids) ?? null }))
    }
    return found
  }
  return pairs.map(({ prompt, persona, day, step, ...texts }) => {
    const chosen = reply(texts.chosen)
    const rejected = reply(texts.rejected)
    const masked = chosen.allowed && rejected.allowed
    return {
      name: `pair of ${persona}, day ${day}, step ${step}`,
      prompt: tokenizer.encode(prompt),
      chosen: chosen.ids,
      rejected: rejected.ids,
      allowed: masked ? { chosen: chosen.allowed!, rejected: rejected.allowed! } : null,
    }
  })
}
