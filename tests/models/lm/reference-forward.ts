import {
  EMBEDDING,
  FINAL_NORM,
  linearName,
  normName,
  type LinearModule,
  type LlamaConfig,
} from '../../../models/lm/llama-config.js'
import type { Weights } from '../../../models/lm/weights.js'

type Vector = number[]

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** A Llama written out in f64 after transformers' modeling_llama.py: logits after each token. */
export function referenceForward(config: LlamaConfig, weights: Weights, ids: readonly number[]): Vector[] {
  const { hiddenSize: d, heads, layers, rmsNormEps, ropeTheta, vocabSize } = config
  const size = d / heads
  const rowsOf = (name: string, width: number): Float32Array[] => {
    const flat = weights.get(name)
    return Array.from({ length: flat.length / width }, (_, i) => flat.subarray(i * width, (i + 1) * width))
  }
  const linear = (layer: number, module: LinearModule, x: Vector): Vector =>
    rowsOf(linearName(layer, module), x.length).map((row) => dot(row, x))
  const rms = (x: Vector, name: string): Vector => {
    const scale = 1 / Math.sqrt(dot(x, x) / d + rmsNormEps)
    return x.map((value, i) => value * scale * weights.get(name)[i]!)
  }
  const rotate = (x: Vector, position: number): Vector =>
    x.map((value, i) => {
      const at = i % size
      const angle = position / ropeTheta ** ((2 * (at % (size / 2))) / size)
      const partner = at < size / 2 ? -x[i + size / 2]! : x[i - size / 2]!
      return value * Math.cos(angle) + partner * Math.sin(angle)
    })

  const table = rowsOf(EMBEDDING, d)
  let stream = ids.map((id) => [...table[id]!])
  for (let layer = 0; layer < layers; layer++) {
    const normed = stream.map((x) => rms(x, normName(layer, 'input')))
    const queries = normed.map((x, t) => rotate(linear(layer, 'q_proj', x), t))
    const keys = normed.map((x, t) => rotate(linear(layer, 'k_proj', x), t))
    const values = normed.map((x) => linear(layer, 'v_proj', x))
    stream = stream.map((x, t) => {
      const attended = Array.from({ length: heads }, (_, head) => {
        const part = (v: Vector): Vector => v.slice(head * size, (head + 1) * size)
        const scores = keys
          .slice(0, t + 1)
          .map((key) => Math.exp(dot(part(queries[t]!), part(key)) / Math.sqrt(size)))
        const total = scores.reduce((a, b) => a + b, 0)
        return part(values[0]!).map((_, i) =>
          scores.reduce((sum, score, s) => sum + (score / total) * part(values[s]!)[i]!, 0),
        )
      }).flat()
      const out = linear(layer, 'o_proj', attended)
      return x.map((value, i) => value + out[i]!)
    })
    stream = stream.map((x) => {
      const h = rms(x, normName(layer, 'post_attention'))
      const up = linear(layer, 'up_proj', h)
      const inner = linear(layer, 'gate_proj', h).map((gate, i) => (gate / (1 + Math.exp(-gate))) * up[i]!)
      const down = linear(layer, 'down_proj', inner)
      return x.map((value, i) => value + down[i]!)
    })
  }
  return stream.map((x) => {
    const h = rms(x, FINAL_NORM)
    return table.slice(0, vocabSize).map((row) => dot(row, h))
  })
}
