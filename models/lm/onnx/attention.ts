import { float, int, type Name } from './graph.js'
import type { Tape } from './tape.js'

/** Cosines and sines of the rotary embedding, each [positions, hd / 2], and the negated sines that undo it. */
export interface RotaryTables {
  readonly cos: Name
  readonly sin: Name
  readonly negatedSin: Name
}

/** Tables of arXiv 2104.09864 with angles position * theta^(-2i / hd), as Llama computes them. */
export function rotaryTables(tape: Tape, positions: number, headSize: number, theta: number): RotaryTables {
  const half = headSize / 2
  const cos = new Float32Array(positions * half)
  const sin = new Float32Array(positions * half)
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * theta ** ((-2 * i) / headSize)
      cos[position * half + i] = Math.cos(angle)
      sin[position * half + i] = Math.sin(angle)
    }
  }
  const dims = [positions, half]
  const { graph } = tape
  return {
    cos: graph.floats(cos, dims),
    sin: graph.floats(sin, dims),
    negatedSin: graph.floats(
      sin.map((value) => -value),
      dims,
    ),
  }
}

/** Rotary embedding as in Llama (halves, not interleaved): x [B, H, T, hd], positions int64 [B, T]. */
export function rotary(tape: Tape, x: Name, positions: Name, tables: RotaryTables): Name {
  const { graph } = tape
  const turn = (v: Name, sin: Name): Name =>
    graph.node('com.microsoft.RotaryEmbedding', [v, positions, tables.cos, sin], { interleaved: int(0) })
  const y = turn(x, tables.sin)
  // a rotation's gradient is the rotation back
  tape.record([y], [x], ([dy]) => [turn(dy!, tables.negatedSin)])
  return y
}

/** softmax(q k^T scale + mask) v: q [B, H, Q, hd], k and v [B, H, T, hd], mask [B, 1, Q, T] of 0 and large negatives. */
export function attention(tape: Tape, q: Name, k: Name, v: Name, mask: Name, scale: number): Name {
  const { graph } = tape
  const product = (a: Name, b: Name, attributes: { transA?: 1; transB?: 1; alpha?: number }): Name =>
    graph.node('com.microsoft.FusedMatMul', [a, b], {
      transA: int(attributes.transA ?? 0),
      transB: int(attributes.transB ?? 0),
      alpha: float(attributes.alpha ?? 1),
    })
  const scores = graph.node('Add', [product(q, k, { transB: 1, alpha: scale }), mask])
  const share = graph.node('Softmax', [scores], { axis: int(-1) })
  const y = graph.node('MatMul', [share, v])
  tape.record([y], [q, k, v], ([dy], wanted) => {
    // sum over keys of dP * P equals sum over hd of dy * y, which is shorter (arXiv 2205.14135, appendix B)
    const inner = graph.node('ReduceSum', [graph.node('Mul', [dy!, y]), graph.ints([-1])], {
      keepdims: int(1),
    })
    const dShare = product(dy!, v, { transB: 1 })
    const dScores = graph.node('Mul', [share, graph.node('Sub', [dShare, inner])])
    return [
      wanted[0] ? product(dScores, k, { alpha: scale }) : null,
      wanted[1] ? product(dScores, q, { transA: 1, alpha: scale }) : null,
      wanted[2] ? product(share, dy!, { transA: 1 }) : null,
    ]
  })
  return y
}
