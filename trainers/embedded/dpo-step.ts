import { canonicalJson } from '../../common/canonical-json.js'
import { randomAt, type Address } from '../../common/random.js'
import type { TrainerConfig } from '../../configs/schema.js'
import type { LlamaConfig } from '../../models/lm/llama-config.js'
import { packBatch, type TrainingBatch } from '../../models/lm/llama-train-batch.js'
import {
  TrainingSession,
  type TrainingInputs,
  type TrainingOutputs,
  type TrainingSessionOptions,
} from '../../models/lm/llama-train-session.js'
import type { Weights } from '../../models/lm/weights.js'
import type { TokenPair } from './token-pair.js'

/** Added to the logits of tokens that may not come; far below any logit, and finite. */
const FORBIDDEN = -1e4

export type DpoSettings = Pick<
  TrainerConfig,
  'beta' | 'labelSmoothing' | 'likelihoodWeight' | 'continuationMask' | 'lora'
>

export interface DpoStepOptions {
  config: LlamaConfig
  settings: DpoSettings
  /** Longest prompt with both replies among the pairs, in tokens. */
  positions: number
  /** Without: log-probabilities alone, for the reference model. */
  loss?: boolean
  threads?: number
}

export interface DpoBatch {
  pairs: readonly TokenPair[]
  /** Log-probabilities under the reference model, chosen and rejected in turn; without them no loss. */
  reference?: Float32Array
  base: Weights
  lora?: Weights | null
  /** Receives the gradients of the trained weights. */
  gradients?: Weights
  /** Where dropout is drawn. */
  address?: Address
}

/** Sessions by what shapes them, least recently used first: training and reference of two configurations. */
const kept = new Map<string, TrainingSession>()
const KEPT = 4
/** Tables of angles are made a little longer than needed, so that nights of other lengths share a session. */
const POSITIONS_STEP = 64

/** Loss, log-probabilities and gradients of a batch of pairs; each prompt is computed once for its two replies. */
export class DpoStep {
  private constructor(
    readonly session: TrainingSession,
    private readonly options: DpoStepOptions,
  ) {}

  /** Sessions are kept for the next night: making one takes as long as several steps of a small model. */
  static async create(options: DpoStepOptions): Promise<DpoStep> {
    const { config, settings, positions, loss = true, threads = 1 } = options
    const { beta, labelSmoothing, lora, continuationMask } = settings
    const wanted: TrainingSessionOptions = {
      config,
      positions: Math.ceil(positions / POSITIONS_STEP) * POSITIONS_STEP,
      threads,
      loss: loss ? { kind: 'dpo', beta, labelSmoothing } : { kind: 'none' },
      lora: lora && loss ? { ...lora, dropout: lora.dropout > 0 } : null,
      vocabularyMask: continuationMask,
    }
    const key = canonicalJson(wanted)
    const session = kept.get(key) ?? (await TrainingSession.create(wanted))
    kept.delete(key)
    kept.set(key, session)
    for (const oldest of [...kept.keys()].slice(0, -KEPT)) kept.delete(oldest)
    return new DpoStep(session, options)
  }

  /** The mean over the pairs of the batch, whatever their number. */
  run({ pairs, reference, base, lora = null, gradients, address = [] }: DpoBatch): Promise<TrainingOutputs> {
    const { config, settings } = this.options
    const sequences = pairs.map(({ prompt, chosen, rejected }) => ({ prompt, replies: [chosen, rejected] }))
    const batch = packBatch(sequences, config.heads, config.hiddenSize / config.heads)
    const extra: NonNullable<TrainingInputs['extra']> & Record<string, unknown> = {
      ...this.#dropout(batch, address),
    }
    if (settings.continuationMask)
      extra['vocabularyMask'] = vocabularyMask(pairs, batch.tokens, config.vocabSize)
    if (reference) {
      const count = pairs.length
      const likelihood = pairs.flatMap(({ chosen }) => [
        settings.likelihoodWeight / (count * chosen.length),
        0,
      ])
      extra['reference'] = { data: reference, dims: [2 * count] }
      extra['pairWeights'] = { data: new Float32Array(count).fill(1 / count), dims: [count] }
      extra['likelihoodWeights'] = { data: Float32Array.from(likelihood), dims: [2 * count] }
    }
    return this.session.run({ base, lora, batch, extra, ...(gradients ? { gradients } : {}) })
  }

  #dropout(batch: TrainingBatch, address: Address): Record<string, { data: Float32Array; dims: number[] }> {
    const rate = this.options.settings.lora?.dropout ?? 0
    return Object.fromEntries(
      this.session.dropouts.map(({ name, rows, width }) => {
        const random = randomAt(...address, name)
        const data = new Float32Array(batch[rows] * width)
        for (let i = 0; i < data.length; i++) data[i] = random.next() < rate ? 0 : 1 / (1 - rate)
        return [name, { data, dims: [batch[rows], width] }]
      }),
    )
  }
}

/** 0 for the tokens that may come at each reply token, {@link FORBIDDEN} for others: [tokens, vocabulary]. */
function vocabularyMask(
  pairs: readonly TokenPair[],
  tokens: number,
  vocabSize: number,
): { data: Float32Array; dims: number[] } {
  const data = new Float32Array(tokens * vocabSize)
  let row = 0
  for (const { allowed, chosen, rejected } of pairs) {
    if (!allowed) {
      row += (chosen.length + rejected.length) * vocabSize
      continue
    }
    for (const places of [allowed.chosen, allowed.rejected]) {
      for (const place of places) {
        data.fill(FORBIDDEN, row, row + vocabSize)
        for (let i = 0; i < place.length; i++) data[row + place[i]!] = 0
        row += vocabSize
      }
    }
  }
  return { data, dims: [tokens, vocabSize] }
}
