import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { Graph, type Name } from './onnx/graph.js'
import { createSession } from './onnx/session.js'
import { Tape } from './onnx/tape.js'
import type { LlamaConfig } from './llama-config.js'
import type { TrainingBatch } from './llama-train-batch.js'
import { llamaForward } from './llama-train-graph.js'
import { dpoLoss, likelihoodLoss, replySums, type Loss } from './llama-train-loss.js'
import { TrainingParameters, type DropoutInput, type Parameter } from './llama-train-parameters.js'
import type { LoraShape } from './lora.js'
import type { Weights } from './weights.js'

/** What a session computes beside the log-probabilities; `none`: those alone, without gradients. */
export type TrainingLoss =
  { kind: 'none' } | { kind: 'likelihood' } | { kind: 'dpo'; beta: number; labelSmoothing: number }

export interface TrainingSessionOptions {
  config: LlamaConfig
  loss: TrainingLoss
  /** null: all weights are trained. */
  lora?: (LoraShape & { dropout: boolean }) | null
  /** Longest prompt with all its replies that will be fed, in tokens: the rotary kernel wants as many angles. */
  positions: number
  vocabularyMask?: boolean
  threads?: number
}

export interface TrainingInputs {
  base: Weights
  lora?: Weights | null
  batch: TrainingBatch
  /** Inputs of the loss, the vocabulary mask and the dropout masks, by name: see `llama-train-loss.ts`. */
  extra?: Readonly<Record<string, { data: Float32Array; dims: readonly number[] }>>
  /** Receives the gradients in place; shapes of the trained weights. */
  gradients?: Weights
}

export interface TrainingOutputs {
  /** NaN where the session has no loss. */
  loss: number
  /** Log-probability of each reply, [S]; of each token for the likelihood loss, [M]. */
  logProbs: Float32Array
  /** Mean logit over the vocabulary at each reply token, [M]. */
  meanLogits: Float32Array
}

interface Outputs {
  loss: Name | null
  logProbs: Name
  meanLogits: Name
  gradients: ReadonlyMap<Name, Name>
}

/** A Llama-type model with its loss and gradients as one ONNX graph; any batch shape. */
export class TrainingSession {
  readonly #tensors = new WeakMap<Weights, Map<Name, Tensor>>()

  private constructor(
    readonly session: InferenceSession,
    readonly parameters: readonly Parameter[],
    readonly dropouts: readonly DropoutInput[],
    readonly outputs: Outputs,
  ) {}

  static async create(options: TrainingSessionOptions): Promise<TrainingSession> {
    const { config, lora = null, positions, vocabularyMask = false } = options
    const graph = new Graph()
    const tape = new Tape(graph)
    const parameters = new TrainingParameters(graph, tape, config, lora)
    const { tokens, meanLogits } = llamaForward(tape, parameters, config, { positions, vocabularyMask })
    const logProbs = options.loss.kind === 'likelihood' ? tokens : replySums(tape, tokens)
    const loss = lossOf(graph, options.loss, logProbs)
    const trained = parameters.tensors
      .filter((block) => block.of === (lora ? 'lora' : 'base'))
      .map(({ name }) => name)
    const gradients = loss ? tape.gradients(loss.seeds, trained) : new Map<Name, Name>()
    const names = [logProbs, meanLogits, ...gradients.values(), ...(loss ? [loss.loss] : [])]
    const session = await createSession(graph.toBytes(names), { threads: options.threads ?? 1 })
    const outputs = { loss: loss?.loss ?? null, logProbs, meanLogits, gradients }
    return new TrainingSession(session, parameters.tensors, parameters.dropouts, outputs)
  }

  /** One pass; nothing in it is random. */
  async run({ base, lora, batch, extra = {}, gradients }: TrainingInputs): Promise<TrainingOutputs> {
    const feeds: Record<string, Tensor> = {}
    for (const { name, of, dims } of this.parameters) {
      const weights = of === 'base' ? base : lora
      if (!weights) throw new RangeError('the session trains an adapter, but none was given')
      feeds[name] = this.#view(weights, name, dims)
    }
    for (const [name, { data, dims }] of batch.ints) feeds[name] = new Tensor('int32', data, dims)
    for (const [name, { data, dims }] of batch.floats) feeds[name] = new Tensor('float32', data, dims)
    for (const [name, dims] of batch.shapes)
      feeds[name] = new Tensor('int64', BigInt64Array.from(dims, BigInt), [dims.length])
    for (const [name, { data, dims }] of Object.entries(extra))
      feeds[name] = new Tensor('float32', data, dims)
    feeds['replies'] ??= repliesMatrix(batch)

    const { loss, logProbs, meanLogits } = this.outputs
    const fetches: Record<string, Tensor | null> = { [logProbs]: null, [meanLogits]: null }
    if (loss !== null) fetches[loss] = null
    if (gradients) {
      const dims = new Map(this.parameters.map((tensor) => [tensor.name, tensor.dims]))
      for (const [name, output] of this.outputs.gradients)
        fetches[output] = this.#view(gradients, name, dims.get(name)!)
    }
    const results = await this.session.run(feeds, fetches)
    const values = (name: Name): Float32Array => results[name]!.data as Float32Array
    return {
      loss: loss === null ? NaN : values(loss)[0]!,
      logProbs: values(logProbs),
      meanLogits: values(meanLogits),
    }
  }

  /** A tensor over the weights themselves: no copy in either direction. */
  #view(weights: Weights, name: Name, dims: readonly number[]): Tensor {
    let known = this.#tensors.get(weights)
    if (!known) this.#tensors.set(weights, (known = new Map()))
    let tensor = known.get(name)
    if (!tensor) {
      const { buffer, byteOffset } = weights.get(name)
      const size = dims.reduce((product, n) => product * n, 1)
      tensor = new Tensor('float32', new Float32Array(buffer as ArrayBuffer, byteOffset, size), dims)
      known.set(name, tensor)
    }
    return tensor
  }
}

function lossOf(graph: Graph, loss: TrainingLoss, logProbs: Name): Loss | null {
  if (loss.kind === 'none') return null
  return loss.kind === 'likelihood' ? likelihoodLoss(graph, logProbs) : dpoLoss(graph, logProbs, loss)
}

/** 1 where a token belongs to a reply: [S, M]. */
function repliesMatrix({ replyStarts, tokens }: TrainingBatch): Tensor {
  const count = replyStarts.length - 1
  const data = new Float32Array(count * tokens)
  for (let s = 0; s < count; s++) data.fill(1, s * tokens + replyStarts[s]!, s * tokens + replyStarts[s + 1]!)
  return new Tensor('float32', data, [count, tokens])
}
