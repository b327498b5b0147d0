import { int, string, type Name } from './graph.js'
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

/** Where the heads of packed rows lie in a padded [batch, heads, time] layout, and back. All int32. */
export interface HeadLayout {
  /** For each part (e.g. q, k, v) [B * H * T]: which [rows * parts * H] slice of the packed rows; padding: any. */
  readonly toHeads: readonly Name[]
  /** [rows * parts * H]: which slice of the parts laid one after another, [parts * B * H * T]. */
  readonly toRows: Name
}

/**
 * Packed rows [rows, parts * H * hd] to one padded tensor [B, H, T, hd] a part, pads and transposes in one Gather.
 * Gradients at padded places are taken to be 0, which attention guarantees.
 * @param batch int64 [2], B and T
 */
export function splitHeads(tape: Tape, x: Name, layout: HeadLayout, shape: HeadShape): Name[] {
  const { graph } = tape
  const { heads, headSize } = shape
  const slices = graph.node('Reshape', [x, graph.ints([-1, headSize])])
  const parts = layout.toHeads.map((index) =>
    graph.node('Reshape', [graph.node('Gather', [slices, index], { axis: int(0) }), shape.padded]),
  )
  tape.record(parts, [x], (gradients) => {
    const flat = gradients.map((dy) => graph.node('Reshape', [dy, graph.ints([-1, headSize])]))
    const all = flat.length === 1 ? flat[0]! : graph.node('Concat', flat, { axis: int(0) })
    const rows = graph.node('Gather', [all, layout.toRows], { axis: int(0) })
    return [graph.node('Reshape', [rows, graph.ints([-1, flat.length * heads * headSize])])]
  })
  return parts
}

/** `padded`: int64 [4], the shape B, H, T, hd. */
export interface HeadShape {
  readonly heads: number
  readonly headSize: number
  readonly padded: Name
}

/**
 * The way back: [B, H, T, hd] to packed rows [rows, H * hd].
 * @param toRows int32 [rows * H], into B * H * T
 * @param toHeads int32 [B * H * T], into rows * H; rows * H stands for padding
 */
export function joinHeads(tape: Tape, x: Name, toRows: Name, toHeads: Name, shape: HeadShape): Name {
  const { graph } = tape
  const { heads, headSize } = shape
  const slices = graph.node('Reshape', [x, graph.ints([-1, headSize])])
  const rows = graph.node('Gather', [slices, toRows], { axis: int(0) })
  const y = graph.node('Reshape', [rows, graph.ints([-1, heads * headSize])])
  tape.record([y], [x], ([dy]) => {
    const zero = graph.floats(new Float32Array(headSize), [1, headSize])
    const padded = graph.node('Concat', [graph.node('Reshape', [dy!, graph.ints([-1, headSize])]), zero], {
      axis: int(0),
    })
    return [graph.node('Reshape', [graph.node('Gather', [padded, toHeads], { axis: int(0) }), shape.padded])]
  })
  return y
}
