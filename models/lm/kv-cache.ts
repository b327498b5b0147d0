import { Tensor } from 'onnxruntime-node'
import { paddedHeadSize } from './llama-inference-graph.js'
import type { LlamaConfig } from './llama-config.js'

/** Memory for keys and values that every pass writes in place, so that nothing is copied. */
export class KvCache {
  /** Keys, values of each layer in turn: f32 [1, heads, capacity, padded head size]. */
  tensors: readonly Tensor[] = []
  #capacity = 0

  constructor(private readonly config: LlamaConfig) {}

  /** Makes room for `columns` tokens; what was kept is lost when it grows. */
  reserve(columns: number): void {
    if (columns <= this.#capacity) return
    // in steps, so that prompts of growing length do not allocate each time
    this.#capacity = Math.ceil(columns / 64) * 64
    const dims = [1, this.config.heads, this.#capacity, paddedHeadSize(this.config)]
    const size = dims.reduce((product, n) => product * n, 1)
    this.tensors = Array.from(
      { length: 2 * this.config.layers },
      () => new Tensor('float32', new Float32Array(size), dims),
    )
  }
}
