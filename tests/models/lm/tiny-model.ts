import { randomAt } from '../../../common/random.js'
import type { ModelFolder } from '../../../models/lm/hf-folder.js'
import { llamaShapes, type LlamaConfig } from '../../../models/lm/llama-config.js'
import { Tokenizer } from '../../../models/lm/tokenizer.js'
import { Weights } from '../../../models/lm/weights.js'
import { makeWordTokenizer } from '../../../models/lm/word-tokenizer.js'

export const SILENCE = 'No Recommendation'
export const REPLIES = [
  SILENCE,
  'time for a cup of tea.',
  'time for a cup of coffee.',
  'time for a walk.',
  'how about a walk?',
  'how about a walk, if you like?',
]
const WORDS = [
  ...new Set(
    `No Recommendation time for a cup of tea coffee walk how about if you like . , ? monday kitchen cooking =>`.split(
      ' ',
    ),
  ),
]

/** A random Llama of a few thousand parameters with a tokenizer of a few words. */
export function tinyModel(change: Partial<LlamaConfig> = {}): ModelFolder {
  const tokenizer = new Tokenizer(makeWordTokenizer(WORDS))
  const config: LlamaConfig = {
    vocabSize: tokenizer.vocabSize,
    hiddenSize: 24,
    layers: 2,
    heads: 2,
    intermediateSize: 40,
    rmsNormEps: 1e-5,
    ropeTheta: 10_000,
    maxPositions: 64,
    eosTokenId: 1,
    padTokenId: 0,
    ...change,
  }
  const weights = new Weights(llamaShapes(config))
  const random = randomAt('tiny model', config.hiddenSize)
  for (const name of weights.names) {
    const isNorm = name.includes('norm')
    const values = weights.get(name)
    for (let i = 0; i < values.length; i++)
      values[i] = isNorm ? 1 + 0.2 * random.normal() : 0.3 * random.normal()
  }
  return { config, weights, tokenizer }
}
