import { AttuneError } from '../../common/error.js'
import type { TrainerConfig } from '../../configs/schema.js'

/** A preference pair as token ids; replies end with the end-of-sequence token. */
export interface TokenPair {
  /** Names the pair in an error. */
  name: string
  prompt: readonly number[]
  chosen: readonly number[]
  rejected: readonly number[]
  /** Tokens that may stand at each place of a reply, its own among them; null: the whole vocabulary. */
  allowed: { chosen: readonly ArrayLike<number>[]; rejected: readonly ArrayLike<number>[] } | null
}

/** Refuses pairs that are longer than the limits or than the model. @throws AttuneError PAIR_TOO_LONG or PAIR_EMPTY */
export function checkPairs(
  pairs: readonly TokenPair[],
  limits: Pick<TrainerConfig, 'maxPromptTokens' | 'maxTokens'>,
  maxPositions: number,
): void {
  for (const { name, prompt, chosen, rejected } of pairs) {
    if (prompt.length === 0 || chosen.length === 0 || rejected.length === 0) {
      throw new AttuneError(
        'PAIR_EMPTY',
        'trainer',
        `${name}: prompt, chosen and rejected must not be empty`,
        {
          hint: 'Leave this pair out.',
        },
      )
    }
    const total = prompt.length + Math.max(chosen.length, rejected.length)
    const refuse = (what: string, count: number, key: string, limit: number): void => {
      if (count <= limit) return
      throw new AttuneError(
        'PAIR_TOO_LONG',
        'trainer',
        `${name}: ${what} has ${count} tokens, more than ${limit}`,
        {
          hint: `Raise ${key}, shorten the prompt's memory, or leave this pair out.`,
          key,
        },
      )
    }
    refuse('the prompt', prompt.length, 'trainer.maxPromptTokens', limits.maxPromptTokens)
    refuse('prompt and longer reply', total, 'trainer.maxTokens', limits.maxTokens)
    refuse('prompt and longer reply', total, 'max_position_embeddings of the model', maxPositions)
  }
}
