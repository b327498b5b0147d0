import type { Address } from '../../common/random.js'
import { randomAt } from '../../common/random.js'
import { linearName, llamaShapes, type LinearModule, type LlamaConfig } from './llama-config.js'
import { Weights } from './weights.js'

/** What shapes an adapter. */
export interface LoraShape {
  rank: number
  /** Scale of the update is alpha / rank. */
  alpha: number
  modules: readonly LinearModule[]
}

/** Tensor name as PEFT stores it: A [rank, in], B [out, rank]. */
export function loraName(layer: number, module: LinearModule, factor: 'A' | 'B'): string {
  return `base_model.model.${linearName(layer, module).replace('.weight', '')}.lora_${factor}.weight`
}

/** Names and shapes of an adapter's tensors, in the order of the model's layers. */
export function loraShapes(config: LlamaConfig, lora: LoraShape): Map<string, readonly number[]> {
  const base = llamaShapes(config)
  const shapes = new Map<string, readonly number[]>()
  for (let layer = 0; layer < config.layers; layer++) {
    for (const module of lora.modules) {
      const [out, input] = base.get(linearName(layer, module))! as [number, number]
      shapes.set(loraName(layer, module, 'A'), [lora.rank, input])
      shapes.set(loraName(layer, module, 'B'), [out, lora.rank])
    }
  }
  return shapes
}

/** A fresh adapter: A uniform in +-1/sqrt(in) (PEFT's kaiming_uniform_ with a = sqrt(5)), B zero. */
export function initialLora(config: LlamaConfig, lora: LoraShape, address: Address): Weights {
  const weights = new Weights(loraShapes(config, lora))
  for (const [name, shape] of weights.shapes) {
    if (!name.includes('.lora_A.')) continue
    const random = randomAt(...address, 'lora', name)
    const bound = 1 / Math.sqrt(shape[1]!)
    const values = weights.get(name)
    for (let i = 0; i < values.length; i++) values[i] = (2 * random.next() - 1) * bound
  }
  return weights
}

/** The model with the adapter's update added to its weights: W + alpha / rank B A. */
export function mergeLora(config: LlamaConfig, base: Weights, adapter: Weights, lora: LoraShape): Weights {
  const merged = base.clone()
  const scale = lora.alpha / lora.rank
  for (let layer = 0; layer < config.layers; layer++) {
    for (const module of lora.modules) {
      const a = adapter.get(loraName(layer, module, 'A'))
      const b = adapter.get(loraName(layer, module, 'B'))
      const weight = merged.get(linearName(layer, module))
      const inputs = a.length / lora.rank
      for (let out = 0; out * inputs < weight.length; out++) {
        for (let r = 0; r < lora.rank; r++) {
          const factor = scale * b[out * lora.rank + r]!
          for (let i = 0; i < inputs; i++) weight[out * inputs + i]! += factor * a[r * inputs + i]!
        }
      }
    }
  }
  return merged
}
