import { type Random, randomAt } from '../../common/random.js'
import { EMBEDDING, type LlamaConfig, llamaShapes } from '../../models/lm/llama-config.js'
import { packBatch } from '../../models/lm/llama-train-batch.js'
import { TrainingSession } from '../../models/lm/llama-train-session.js'
import type { Tokenizer } from '../../models/lm/tokenizer.js'
import { Weights } from '../../models/lm/weights.js'
import { AdamW } from '../../trainers/embedded/adamw.js'
import type { CorpusExample } from './corpus.js'

export interface PretrainOptions {
  config: LlamaConfig
  tokenizer: Tokenizer
  example: (i: number) => CorpusExample
  seed: number
  steps: number
  /** Examples of a step. */
  batch: number
  learningRate: number
  /** Told now and then: step and mean loss since the last time. */
  onProgress: (step: number, loss: number) => void
}

/** Weight of prompt tokens in the loss: they teach the words, the reply is what counts. */
const PROMPT_WEIGHT = 0.1
const WARMUP_STEPS = 50
const REPORT_EVERY = 100

/** Trains a language model from random weights on prompt and reply, next token by next token. */
export async function pretrain(options: PretrainOptions): Promise<Weights> {
  const { config, tokenizer, example, seed, steps, batch, learningRate, onProgress } = options
  const session = await TrainingSession.create({
    config,
    loss: { kind: 'likelihood' },
    positions: config.maxPositions,
  })
  const optimiser = new AdamW(initialWeights(config, randomAt(seed, 'init')), {
    beta1: 0.9,
    beta2: 0.98,
    epsilon: 1e-8,
    weightDecay: 0,
    maxGradNorm: 1,
  })
  let sum = 0
  for (let step = 1; step <= steps; step++) {
    const weights: number[] = []
    const sequences = Array.from({ length: batch }, (_, k) => {
      const { prompt, reply } = example((step - 1) * batch + k)
      const asked = tokenizer.encode(prompt)
      const answered = [...tokenizer.encode(reply), config.eosTokenId]
      weights.push(...asked.slice(1).map(() => PROMPT_WEIGHT), ...answered.map(() => 1))
      return { prompt: asked.slice(0, 1), replies: [[...asked.slice(1), ...answered]] }
    })
    const total = weights.reduce((a, b) => a + b, 0)
    const data = Float32Array.from(weights, (weight) => weight / total)
    const packed = packBatch(sequences, config.heads, config.hiddenSize / config.heads)
    const { loss } = await session.run({
      base: optimiser.weights,
      batch: packed,
      extra: { weights: { data, dims: [data.length] } },
      gradients: optimiser.gradients,
    })
    const cosine = 0.05 + 0.95 * 0.5 * (1 + Math.cos((Math.PI * step) / steps))
    optimiser.step(learningRate * Math.min(1, step / WARMUP_STEPS) * cosine)
    sum += loss
    if (step % REPORT_EVERY === 0) {
      onProgress(step, sum / REPORT_EVERY)
      sum = 0
    }
  }
  return optimiser.weights.clone()
}

/** Normal weights scaled by fan-in, the residual outputs smaller with depth; norms 1. */
function initialWeights(config: LlamaConfig, random: Random): Weights {
  const weights = new Weights(llamaShapes(config))
  for (const [name, shape] of weights.shapes) {
    const values = weights.get(name)
    if (shape.length === 1) {
      values.fill(1)
      continue
    }
    const residual = name.includes('o_proj') || name.includes('down_proj')
    const scale =
      name === EMBEDDING ? 0.05 : (residual ? 0.7 / Math.sqrt(config.layers) : 1) / Math.sqrt(shape[1]!)
    for (let i = 0; i < values.length; i++) values[i] = random.normal() * scale
  }
  return weights
}
