import type { Tape } from './onnx/tape.js'
import { concatColumns, linear, scaleBy, scaledLinear } from './onnx/linear.js'
import type { Graph, Name } from './onnx/graph.js'
import { linearName, llamaShapes, type LinearModule, type LlamaConfig } from './llama-config.js'
import { loraName, loraShapes, type LoraShape } from './lora.js'

/** An input of the training graph: a block of tensors that lie one after another in `Weights.flat`. */
export interface ParameterBlock {
  /** Name of its first tensor and of the graph's input. */
  name: Name
  dims: readonly number[]
  /** Which weights it views. */
  of: 'base' | 'lora'
}

/** An input holding a dropout mask [rows or tokens, width], values 0 and 1 / (1 - dropout). */
export interface DropoutInput {
  name: Name
  rows: 'rows' | 'tokens'
  width: number
}

/** Declares parameters as they are used; layers that share an input and lie side by side become one product. */
export class TrainingParameters {
  readonly blocks: ParameterBlock[] = []
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

  #declare(name: Name, dims: readonly number[], of: ParameterBlock['of']): Name {
    this.blocks.push({ name, dims, of })
    return this.graph.input(name, 'float32', dims)
  }

  /** An embedding or a norm. */
  tensor(name: string): Name {
    return this.#declare(name, this.#base.get(name)!, 'base')
  }

  /**
   * x [N, in] through layers whose weights lie side by side: [N, sum of outs], with their low-rank updates.
   */
  linear(x: Name, layer: number, modules: readonly LinearModule[], residual?: Name): Name {
    const shapes = modules.map((module) => this.#base.get(linearName(layer, module)) as [number, number])
    const outs = shapes.map(([out]) => out)
    const input = shapes[0]![1]
    if (!modules.some((module) => this.lora?.modules.includes(module))) {
      const dims = [outs.reduce((sum, n) => sum + n, 0), input]
      return linear(this.tape, x, this.#declare(linearName(layer, modules[0]!), dims, 'base'), residual)
    }
    const parts = modules.map((module, i) => {
      const y = linear(this.tape, x, this.#declare(linearName(layer, module), shapes[i]!, 'base'), residual)
      return this.lora?.modules.includes(module) ? this.#update(x, y, layer, module) : y
    })
    return parts.length === 1 ? parts[0]! : concatColumns(this.tape, parts, outs)
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
