import { randomAt } from '../../../common/random.js'
import { llamaShapes, type LlamaConfig } from '../../../models/lm/llama-config.js'
import { Weights } from '../../../models/lm/weights.js'

/** Smallest model with every part: two layers, two heads. */
export const TINY: LlamaConfig = {
  vocabSize: 13,
  hiddenSize: 8,
  layers: 2,
  heads: 2,
  intermediateSize: 12,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  maxPositions: 64,
  eosTokenId: 1,
  padTokenId: 0,
}

/** Random weights; norms lie around 1. */
export function tinyWeights(config: LlamaConfig = TINY, seed = 1): Weights {
  const weights = new Weights(llamaShapes(config))
  for (const [name, shape] of weights.shapes) {
    const random = randomAt(seed, name)
    const values = weights.get(name)
    for (let i = 0; i < values.length; i++) values[i] = (shape.length === 1 ? 1 : 0) + random.normal() * 0.3
  }
  return weights
}
