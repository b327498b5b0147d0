import { int, string, type Graph, type Name } from './graph.js'
import type { Tape } from './tape.js'

/** Rows of x [N, d] at `index` (int32 [M], repeats allowed): token embeddings, or the rows a loss looks at. */
export function gatherRows(tape: Tape, x: Name, index: Name): Name {
  const { graph } = tape
  const y = graph.node('Gather', [x, index], { axis: int(0) })
  tape.record([y], [x], ([dy]) => [
    (sum) => {
      const onto = sum ?? graph.node('ConstantOfShape', [graph.node('Shape', [x])])
      const at = graph.node('Unsqueeze', [graph.node('Cast', [index], { to: int(7) }), graph.ints([1])])
      return graph.node('ScatterND', [onto, at, dy!], { reduction: string('add') })
    },
  ])
  return y
}

/** Where the heads of packed rows lie in a padded layout [B, H, T, hd], and back. */
export interface HeadLayout {
  readonly heads: number
  readonly headSize: number
  /** int64 [4]: B, H, T, hd. */
  readonly padded: Name
  /** int32 [B * H * T]: which of the rows * H slices stands there; rows * H stands for padding. */
  readonly toHeads: Name
  /** int32 [rows * H]: place in B * H * T of each slice. */
  readonly toRows: Name
}

function padHeads(graph: Graph, x: Name, { headSize, padded, toHeads }: HeadLayout): Name {
  const zero = graph.floats(new Float32Array(headSize), [1, headSize])
  const slices = graph.node('Concat', [graph.node('Reshape', [x, graph.ints([-1, headSize])]), zero], {
    axis: int(0),
  })
  return graph.node('Reshape', [graph.node('Gather', [slices, toHeads], { axis: int(0) }), padded])
}

function packHeads(graph: Graph, x: Name, { heads, headSize, toRows }: HeadLayout): Name {
  const slices = graph.node('Reshape', [x, graph.ints([-1, headSize])])
  const rows = graph.node('Gather', [slices, toRows], { axis: int(0) })
  return graph.node('Reshape', [rows, graph.ints([-1, heads * headSize])])
}

/** Packed rows [rows, H * hd] to heads [B, H, T, hd], padded with zeros: pads and transposes in one Gather. */
export function splitHeads(tape: Tape, x: Name, layout: HeadLayout): Name {
  const y = padHeads(tape.graph, x, layout)
  tape.record([y], [x], ([dy]) => [packHeads(tape.graph, dy!, layout)])
  return y
}

/** The way back: [B, H, T, hd] to packed rows [rows, H * hd]. */
export function joinHeads(tape: Tape, x: Name, layout: HeadLayout): Name {
  const y = packHeads(tape.graph, x, layout)
  tape.record([y], [x], ([dy]) => [padHeads(tape.graph, dy!, layout)])
  return y
}
