import type { Random } from '../../common/random.js'
import type { Sampling } from '../chat-model.js'

/** A token drawn. */
export interface Draw {
  token: number
  /** Log-probability at temperature 1 among the tokens allowed. */
  logProb: number
}

/**
 * Draws the next token: temperature first, then min-p (arXiv 2407.01082), then in proportion.
 *
 * @param logits one per token of the vocabulary
 * @param allowed token ids that may come, at least one; null: any
 */
export function sampleToken(
  logits: Float32Array,
  allowed: Int32Array | null,
  { temperature, minP }: Pick<Sampling, 'temperature' | 'minP'>,
  random: Random,
): Draw {
  const count = allowed ? allowed.length : logits.length
  const logitAt = (i: number): number => logits[allowed ? allowed[i]! : i]!
  let best = 0
  for (let i = 1; i < count; i++) if (logitAt(i) > logitAt(best)) best = i
  const highest = logitAt(best)
  let total = 0
  for (let i = 0; i < count; i++) total += Math.exp(logitAt(i) - highest)
  const pick = temperature === 0 ? best : draw()
  return { token: allowed ? allowed[pick]! : pick, logProb: logitAt(pick) - highest - Math.log(total) }

  function draw(): number {
    const weights = new Float64Array(count)
    let sum = 0
    for (let i = 0; i < count; i++) {
      const weight = Math.exp((logitAt(i) - highest) / temperature)
      if (weight >= minP) sum += weights[i] = weight
    }
    let left = random.next() * sum
    for (let i = 0; i < count; i++) {
      left -= weights[i]!
      if (left < 0) return i
    }
    // rounding left a rest: the likeliest
    return best
  }
}
