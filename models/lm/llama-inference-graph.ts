import {
  EMBEDDING,
  FINAL_NORM,
  linearName,
  normName,
  type LinearModule,
  type LlamaConfig,
} from './llama-config.js'
import { float, Graph, int, type Name } from './onnx/graph.js'
import type { Weights } from './weights.js'

/** Names of the graph's inputs and outputs. */
export interface InferenceNames {
  /** int64 [1, new tokens]. */
  ids: Name
  /** int64 [1, new tokens]: position in its text, from 0. */
  positions: Name
  /** f32 [1, 1, new tokens, length]: added to the attention scores. */
  mask: Name
  /** int64 [1]: `length` less one. */
  lastColumn: Name
  /** int64 []: tokens in the cache after this pass. */
  length: Name
  /** int64 [wanted]: new tokens whose logits are wanted. */
  wanted: Name
  /** f32 [1, wanted, vocabulary]. */
  logits: Name
  /** f32 [1, heads, capacity, padded head size]: keys, values of each layer in turn, before this pass. */
  past: Name[]
  /** The same with this pass's tokens; may be the same memory. */
  present: Name[]
}

/** Columns of the cache beyond the model's positions, since several replies lie side by side in it. */
export const SPARE_COLUMNS = 4096

const INT32 = 6

/** Head size in the cache: the fused attention of ONNX Runtime wants a multiple of 16. */
export const paddedHeadSize = ({ hiddenSize, heads }: LlamaConfig): number =>
  Math.ceil(hiddenSize / heads / 16) * 16

/** [rows, columns] to [columns, rows]. */
function transpose(data: Float32Array, columns: number): Float32Array {
  const rows = data.length / columns
  const out = new Float32Array(data.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[column * rows + row] = data[row * columns + column]!
  }
  return out
}

/** Spreads blocks of `size` over blocks of `padded` values; the rest stays 0. */
function spread(data: Float32Array, size: number, padded: number): Float32Array {
  if (size === padded) return data
  const out = new Float32Array((data.length / size) * padded)
  for (let from = 0, to = 0; from < data.length; from += size, to += padded)
    out.set(data.subarray(from, from + size), to)
  return out
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/**
 * cos and sin of the rotary angles, [positions, head size / 2] each (rotate_half convention of Hugging Face). The
 * operator wants as many rows as the cache has columns; the spare ones stay 0, no token is at such a position.
 */
function rotaryTables({
  hiddenSize,
  heads,
  maxPositions,
  ropeTheta,
}: LlamaConfig): Record<'cos' | 'sin', Float32Array> {
  const half = hiddenSize / heads / 2
  const cos = new Float32Array((maxPositions + SPARE_COLUMNS) * half)
  const sin = new Float32Array(cos.length)
  for (let at = 0; at < maxPositions * half; at++) {
    const angle = Math.floor(at / half) / ropeTheta ** ((at % half) / half)
    cos[at] = Math.cos(angle)
    sin[at] = Math.sin(angle)
  }
  return { cos, sin }
}

/**
 * The forward pass of a Llama as an ONNX graph with the weights inside, for generation. The cache of keys and
 * values is one row of columns: a prompt, then the tokens of all replies to it in the order they were drawn; the mask
 * hides the replies from each other. So the prompt is computed and kept once, replies may advance by any number of
 * tokens in a pass, and every linear layer is one product. Uses ONNX Runtime's fused operators, since at this size
 * time goes by the number of nodes.
 */
export function llamaInferenceGraph(
  config: LlamaConfig,
  weights: Weights,
): { bytes: Uint8Array; names: InferenceNames } {
  const { hiddenSize: d, heads, layers, intermediateSize, vocabSize, maxPositions } = config
  const half = d / heads / 2
  const paddedHalf = paddedHeadSize(config) / 2
  const paddedWidth = 2 * paddedHalf * heads
  const g = new Graph()
  const weight = (layer: number, module: LinearModule): Float32Array => weights.get(linearName(layer, module))
  /** Layers side by side, each [out, in] in `weights`, as one [in, sum of out]. */
  const matrix = (depth: number, parts: readonly Float32Array[]): Name => {
    const rows = concatenate(parts)
    return g.floats(transpose(rows, depth), [depth, rows.length / depth])
  }
  const scale = (name: string): Name => g.floats(weights.get(name), [d])
  const epsilon = float(config.rmsNormEps)

  const ids = g.input('ids', 'int64', [1, 'tokens'])
  const positions = g.input('positions', 'int64', [1, 'tokens'])
  const mask = g.input('mask', 'float32', [1, 1, 'tokens', 'length'])
  const lastColumn = g.input('last_column', 'int64', [1])
  const length = g.input('length', 'int64', [])
  const wanted = g.input('wanted', 'int64', ['wanted'])
  const last32 = g.node('Cast', [lastColumn], { to: int(INT32) })
  const length32 = g.node('Cast', [length], { to: int(INT32) })
  const tables = rotaryTables(config)
  const [cos, sin] = [tables.cos, tables.sin].map((table) =>
    g.floats(spread(table, half, paddedHalf), [maxPositions + SPARE_COLUMNS, paddedHalf]),
  )
  const past: Name[] = []
  const present: Name[] = []

  let stream = g.node('Gather', [g.floats(weights.get(EMBEDDING), [vocabSize, d]), ids], { axis: int(0) })
  let normed = g.node('SimplifiedLayerNormalization', [stream, scale(normName(0, 'input'))], {
    axis: int(-1),
    epsilon,
  })
  const addAndNorm = (update: Name, norm: Name): void => {
    const out = g.node(
      'com.microsoft.SkipSimplifiedLayerNormalization',
      [update, stream, norm],
      { epsilon },
      4,
    )
    normed = out[0]!
    stream = out[3]!
  }
  for (let layer = 0; layer < layers; layer++) {
    const cache = ['key', 'value'].map((kind) =>
      g.input(`past_${kind}_${layer}`, 'float32', [1, heads, 'capacity', 2 * paddedHalf]),
    )
    const qkvRows = (['q_proj', 'k_proj', 'v_proj'] as const).map((module) =>
      spread(weight(layer, module), half * d, paddedHalf * d),
    )
    const [attention, ...grown] = g.node(
      'com.microsoft.GroupQueryAttention',
      [
        g.node('MatMul', [normed, matrix(d, qkvRows)]),
        '',
        '',
        ...cache,
        last32,
        length32,
        cos!,
        sin!,
        positions,
        mask,
      ],
      {
        num_heads: int(heads),
        kv_num_heads: int(heads),
        do_rotary: int(1),
        scale: float(1 / Math.sqrt(2 * half)),
      },
      3,
    )
    past.push(...cache)
    present.push(...grown)
    // after the last attention only the tokens whose logits are wanted matter
    const isLast = layer === layers - 1
    const keep = (x: Name): Name => (isLast ? g.node('Gather', [x, wanted], { axis: int(1) }) : x)
    const attended = keep(attention!)
    stream = keep(stream)
    const outRows = matrix(paddedWidth, [spread(weight(layer, 'o_proj'), half, paddedHalf)])
    addAndNorm(g.node('MatMul', [attended, outRows]), scale(normName(layer, 'post_attention')))
    const gateUp = g.node('MatMul', [
      normed,
      matrix(d, [weight(layer, 'gate_proj'), weight(layer, 'up_proj')]),
    ])
    const [gate, up] = g.node(
      'Split',
      [gateUp, g.ints([intermediateSize, intermediateSize])],
      { axis: int(-1) },
      2,
    )
    const active = g.node('com.microsoft.QuickGelu', [gate!], { alpha: float(1) })
    const down = matrix(intermediateSize, [weight(layer, 'down_proj')])
    const nextNorm = isLast ? FINAL_NORM : normName(layer + 1, 'input')
    addAndNorm(g.node('MatMul', [g.node('Mul', [active, up!]), down]), scale(nextNorm))
  }
  const logits = g.node('MatMul', [normed, matrix(d, [weights.get(EMBEDDING)])])
  const names = { ids, positions, mask, lastColumn, length, wanted, logits, past, present }
  return { bytes: g.toBytes([logits, ...present]), names }
}
