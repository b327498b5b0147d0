import type { Tape } from './onnx/tape.js'
import { linear, scaleBy, scaledLinear } from './onnx/linear.js'
import type { Graph, Name } from './onnx/graph.js'
import { linearName, llamaShapes, type LinearModule, type LlamaConfig } from './llama-config.js'
import { loraName, loraShapes, type LoraShape } from './lora.js'

/** A tensor of the model or the adapter that is an input of the training graph. */
export interface Parameter {
  name: Name
  dims: readonly number[]
  /** Which weights hold it. */
  of: 'base' | 'lora'
}

/** An input holding a dropout mask [rows or tokens, width], values 0 and 1 / (1 - dropout). */
export interface DropoutInput {
  name: Name
  rows: 'rows' | 'tokens'
  width: number
}

/** Declares parameters as they are used. */
export class TrainingParameters {
  readonly tensors: Parameter[] = []
  readonly dropouts: DropoutInput[] = []
  readonly #base: ReadonlyMap<string, readonly number[]>
  readonly #lora: ReadonlyMap<string, readonly number[]>

  constructor(
    readonly graph: Graph,
    readonly tape: Tape,
    readonly config: LlamaConfig,
    readonly lora: (LoraShape & { dropout: boolean }) | null,
  ) {
    this.#base = llamaShapes(config)
    this.#lora = lora ? loraShapes(config, lora) : new Map()
  }

  #declare(name: Name, dims: readonly number[], of: Parameter['of']): Name {
    this.tensors.push({ name, dims, of })
    return this.graph.input(name, 'float32', dims)
  }

  /** A tensor of the model. */
  tensor(name: string): Name {
    return this.#declare(name, this.#base.get(name)!, 'base')
  }

  /** x [N, in] through a linear layer (+ residual) with its low-rank update: [N, out]. */
  linear(x: Name, layer: number, module: LinearModule, residual?: Name): Name {
    const y = linear(this.tape, x, this.tensor(linearName(layer, module)), residual)
    return this.lora?.modules.includes(module) ? this.#update(x, y, layer, module) : y
  }

  #update(x: Name, y: Name, layer: number, module: LinearModule): Name {
    const { rank, alpha, dropout } = this.lora!
    const [a, b] = (['A', 'B'] as const).map((factor) => {
      const name = loraName(layer, module, factor)
      return this.#declare(name, this.#lora.get(name)!, 'lora')
    })
    let input = x
    if (dropout) {
      const name = `dropout.${layer}.${module}`
      const width = this.#lora.get(a!)![1]!
      const everyRow = layer < this.config.layers - 1 || module === 'k_proj' || module === 'v_proj'
      const rows = everyRow ? 'rows' : 'tokens'
      this.dropouts.push({ name, rows, width })
      input = scaleBy(this.tape, x, this.graph.input(name, 'float32', [rows, width]))
    }
    return scaledLinear(this.tape, linear(this.tape, input, a!), b!, y, alpha / rank)
  }
}
