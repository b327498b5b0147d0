import type { TrainerConfig } from '../configs/schema.js'
import { baseFolder } from '../models/base-folder.js'
import type { Tokenizer } from '../models/lm/tokenizer.js'
import { ReplyTrie } from '../models/lm/trie.js'
import { EmbeddedTrainer } from './embedded/embedded-trainer.js'
import type { Trainer } from './trainer.js'

/**
 * The backend that a configuration names; null for `none`.
 * @param replies the only replies an assistant may give, for the continuation mask; null: any text
 */
export function createTrainer({ backend }: TrainerConfig, replies: readonly string[] | null): Trainer | null {
  if (backend === 'none') return null
  return new EmbeddedTrainer({ resolveBase: baseFolder, replies: triesOnce(replies) })
}

/** The trie of the replies under a base's tokenizer, made once for each base. */
function triesOnce(
  replies: readonly string[] | null,
): (tokenizer: Tokenizer, base: string) => ReplyTrie | null {
  const tries = new Map<string, ReplyTrie>()
  return (tokenizer, base) => {
    if (!replies) return null
    let trie = tries.get(base)
    if (!trie) tries.set(base, (trie = ReplyTrie.of(replies, tokenizer)))
    return trie
  }
}
