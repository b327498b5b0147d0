import type { TokenPair } from './token-pair.js'

/** Means over a batch under the names and definitions of TRL's DPOTrainer (`trl/trainer/dpo_trainer.py`). */
export function dpoMetrics(
  pairs: readonly TokenPair[],
  { logProbs, meanLogits }: { logProbs: Float32Array; meanLogits: Float32Array },
  reference: Float32Array,
  { beta, likelihoodWeight }: { beta: number; likelihoodWeight: number },
): Record<string, number> {
  const sums = { chosen: 0, rejected: 0, accuracy: 0, chosenLogp: 0, rejectedLogp: 0, nll: 0 }
  const logits = { chosen: 0, rejected: 0 }
  const tokens = { chosen: 0, rejected: 0 }
  let token = 0
  pairs.forEach((pair, i) => {
    const chosen = beta * (logProbs[2 * i]! - reference[2 * i]!)
    const rejected = beta * (logProbs[2 * i + 1]! - reference[2 * i + 1]!)
    sums.chosen += chosen
    sums.rejected += rejected
    sums.accuracy += chosen > rejected ? 1 : 0
    sums.chosenLogp += logProbs[2 * i]!
    sums.rejectedLogp += logProbs[2 * i + 1]!
    sums.nll -= logProbs[2 * i]! / pair.chosen.length
    for (const side of ['chosen', 'rejected'] as const) {
      for (let k = 0; k < pair[side].length; k++) logits[side] += meanLogits[token++]!
      tokens[side] += pair[side].length
    }
  })
  const n = pairs.length
  return {
    'rewards/chosen': sums.chosen / n,
    'rewards/rejected': sums.rejected / n,
    'rewards/accuracies': sums.accuracy / n,
    'rewards/margins': (sums.chosen - sums.rejected) / n,
    'logps/chosen': sums.chosenLogp / n,
    'logps/rejected': sums.rejectedLogp / n,
    'logits/chosen': logits.chosen / tokens.chosen,
    'logits/rejected': logits.rejected / tokens.rejected,
    ...(likelihoodWeight > 0 ? { nll_loss: sums.nll / n } : {}),
  }
}
