import { AttuneError } from '../../common/error.js'
import { Weights } from '../../models/lm/weights.js'
import { adamKernel, type AdamStep } from './adamw-kernel.js'

export interface AdamWOptions {
  beta1: number
  beta2: number
  epsilon: number
  /** Of all tensors but vectors: norms do not decay, as in the Trainer of transformers. */
  weightDecay: number
  /** Gradients are scaled down to this norm; 0: never. */
  maxGradNorm: number
}

const PAGE = 65536
const MAX_PAGES = 65536

/**
 * AdamW with decoupled weight decay and clipping by the global norm, as torch.optim.AdamW and clip_grad_norm_ compute
 * them. Weights and gradients live in its memory, so that a step copies nothing.
 */
export class AdamW {
  /** The weights being trained; a view that each step changes. */
  readonly weights: Weights
  /** Where the gradients of a step are to be put. */
  readonly gradients: Weights
  readonly #step: AdamStep
  readonly #stride: number
  readonly #undecayed: readonly Float32Array[]
  #steps = 0

  /** @throws AttuneError OPTIMIZER_TOO_LARGE when weights, gradients and moments exceed 4 GiB */
  constructor(
    initial: Weights,
    readonly options: AdamWOptions,
  ) {
    this.#stride = Math.ceil(initial.flat.length / 4) * 16
    const pages = Math.ceil((4 * this.#stride) / PAGE)
    if (pages > MAX_PAGES) {
      throw new AttuneError(
        'OPTIMIZER_TOO_LARGE',
        'trainer',
        `${initial.flat.length} trainable weights exceed 4 GiB`,
        {
          hint: 'Set trainer.lora, or train this model with another backend.',
          key: 'trainer.lora',
        },
      )
    }
    const { step, buffer } = adamKernel(Math.max(1, pages))
    const view = (index: number): Weights =>
      new Weights(initial.shapes, new Float32Array(buffer, index * this.#stride, initial.flat.length))
    this.weights = view(0)
    this.gradients = view(1)
    this.weights.flat.set(initial.flat)
    this.#step = step
    const vectors = [...initial.shapes].filter(([, shape]) => shape.length === 1)
    this.#undecayed = options.weightDecay > 0 ? vectors.map(([name]) => this.weights.get(name)) : []
  }

  /** Applies `gradients` at a learning rate. @returns the norm of the gradients before clipping */
  step(learningRate: number): number {
    const { beta1, beta2, epsilon, weightDecay, maxGradNorm } = this.options
    const norm = Math.sqrt(sumOfSquares(this.gradients.flat))
    // torch.nn.utils.clip_grad_norm_ adds 1e-6
    const scale = maxGradNorm > 0 ? Math.min(1, maxGradNorm / (norm + 1e-6)) : 1
    this.#steps++
    const size = this.#stride
    const before = this.#undecayed.map((values) => values.slice())
    this.#step(
      0,
      size,
      2 * size,
      3 * size,
      size,
      scale,
      beta1,
      beta2,
      learningRate / (1 - beta1 ** this.#steps),
      1 / Math.sqrt(1 - beta2 ** this.#steps),
      epsilon,
      1 - learningRate * weightDecay,
    )
    // the kernel knows no tensors: what it took from vectors is given back
    this.#undecayed.forEach((values, k) => {
      for (let i = 0; i < values.length; i++) values[i]! += learningRate * weightDecay * before[k]![i]!
    })
    return norm
  }
}

/** In f64, over four partial sums that a processor can add at once. */
function sumOfSquares(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  let i = 0
  for (; i + 3 < values.length; i += 4) {
    a += values[i]! * values[i]!
    b += values[i + 1]! * values[i + 1]!
    c += values[i + 2]! * values[i + 2]!
    d += values[i + 3]! * values[i + 3]!
  }
  for (; i < values.length; i++) a += values[i]! * values[i]!
  return a + b + c + d
}
