import { AttuneError } from '../../common/error.js'
import { randomAt, type Address } from '../../common/random.js'
import type { TrainerConfig } from '../../configs/schema.js'
import type { LlamaConfig } from '../../models/lm/llama-config.js'
import { initialLora } from '../../models/lm/lora.js'
import type { Weights } from '../../models/lm/weights.js'
import type { TrainingLog } from '../trainer.js'
import { AdamW } from './adamw.js'
import { dpoMetrics } from './dpo-metrics.js'
import { DpoStep, type DpoStepOptions } from './dpo-step.js'
import { learningRateAt } from './learning-rate.js'
import { checkPairs, type TokenPair } from './token-pair.js'

export interface DpoTraining {
  config: LlamaConfig
  /** Where training starts; frozen when an adapter is trained. */
  weights: Weights
  /** The adapter to go on with; null: a fresh one, if `trainer.lora` asks for one. */
  lora?: Weights | null
  /** The reference model, adapters merged. */
  reference: Weights
  pairs: readonly TokenPair[]
  trainer: TrainerConfig
  /** Addresses shuffling, the fresh adapter and dropout. */
  address: Address
  threads?: number
  /** Called after each optimiser step. */
  onStep?: (row: TrainingLog, steps: number) => void
  /** Ends the training between two steps with the signal's reason. */
  signal?: AbortSignal | undefined
}

export interface DpoResult {
  /** What was trained: the model's weights, or the adapter's. */
  weights: Weights
  /** One row an optimiser step. */
  log: TrainingLog[]
}

/** Pairs of one reference pass; larger ones are no faster. */
const REFERENCE_BATCH = 8

/**
 * Direct preference optimisation in process (arXiv 2305.18290), as TRL's DPOTrainer does it: log-probabilities of the
 * reference model once a pair, AdamW with clipping, a shuffle each epoch. Equal arguments give equal bytes.
 * @throws AttuneError PAIR_TOO_LONG, PAIR_EMPTY, PAIRS_MISSING, TRAINING_DIVERGED or OPTIMIZER_TOO_LARGE
 */
export async function trainDpo(training: DpoTraining): Promise<DpoResult> {
  const { config, pairs, trainer, address, onStep, signal } = training
  if (pairs.length === 0) {
    throw new AttuneError('PAIRS_MISSING', 'trainer', 'there are no pairs to train on', {
      hint: 'Skip the training of this night.',
    })
  }
  checkPairs(pairs, trainer, config.maxPositions)
  const positions = Math.max(...pairs.map((p) => p.prompt.length + p.chosen.length + p.rejected.length))
  const options: DpoStepOptions = { config, settings: trainer, positions, threads: training.threads ?? 1 }
  const reference = await referenceLogProbs(training, options)

  const lora = trainer.lora ? (training.lora ?? initialLora(config, trainer.lora, address)) : null
  const optimizer = new AdamW(lora ?? training.weights, {
    beta1: trainer.adamBeta1,
    beta2: trainer.adamBeta2,
    epsilon: trainer.adamEpsilon,
    weightDecay: trainer.weightDecay,
    maxGradNorm: trainer.maxGradNorm,
  })
  const { weights, gradients } = optimizer
  const step = await DpoStep.create(options)
  const perEpoch = Math.ceil(pairs.length / trainer.batchSize)
  const steps = perEpoch * trainer.epochs
  const log: TrainingLog[] = []
  for (let epoch = 0; epoch < trainer.epochs; epoch++) {
    const order = randomAt(...address, 'shuffle', epoch).shuffle([...pairs.keys()])
    for (let first = 0; first < order.length; first += trainer.batchSize) {
      signal?.throwIfAborted()
      const chosen = order.slice(first, first + trainer.batchSize)
      const batch = chosen.map((i) => pairs[i]!)
      const batchReference = Float32Array.from(
        chosen.flatMap((i) => [reference[2 * i]!, reference[2 * i + 1]!]),
      )
      const outputs = await step.run({
        pairs: batch,
        reference: batchReference,
        base: lora ? training.weights : weights,
        lora: lora ? weights : null,
        gradients,
        address: [...address, 'dropout', log.length],
      })
      const learningRate = learningRateAt(log.length, steps, trainer)
      const gradNorm = optimizer.step(learningRate)
      refuseDivergence(outputs.loss, gradNorm, log.length + 1)
      const row: TrainingLog = {
        step: log.length + 1,
        epoch: (log.length + 1) / perEpoch,
        loss: outputs.loss,
        grad_norm: gradNorm,
        learning_rate: learningRate,
        ...dpoMetrics(batch, outputs, batchReference, trainer),
      }
      log.push(row)
      onStep?.(row, steps)
    }
  }
  return { weights: weights.clone(), log }
}

/** Log-probabilities of all pairs under the reference model, chosen and rejected in turn. */
async function referenceLogProbs(training: DpoTraining, options: DpoStepOptions): Promise<Float32Array> {
  const { pairs, reference, signal } = training
  const step = await DpoStep.create({ ...options, loss: false })
  const all = new Float32Array(2 * pairs.length)
  for (let first = 0; first < pairs.length; first += REFERENCE_BATCH) {
    signal?.throwIfAborted()
    const batch = pairs.slice(first, first + REFERENCE_BATCH)
    all.set((await step.run({ pairs: batch, base: reference })).logProbs, 2 * first)
  }
  return all
}

function refuseDivergence(loss: number, gradNorm: number, step: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return
  throw new AttuneError(
    'TRAINING_DIVERGED',
    'trainer',
    `step ${step}: loss ${loss}, norm of the gradients ${gradNorm}`,
    {
      hint: 'Lower trainer.learningRate, or set trainer.maxGradNorm to 1.',
      key: 'trainer.learningRate',
    },
  )
}
