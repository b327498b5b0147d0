import { int, string, type Name } from './graph.js'
import type { Tape } from './tape.js'

/**
 * Log-probability of each row's target token: logits [M, V], targets int32 [M] -> [M].
 * @param mask [M, V] of 0 (allowed) and large negatives, added to the logits
 */
export function tokenLogProbability(tape: Tape, logits: Name, targets: Name, mask?: Name): Name {
  const { graph } = tape
  const masked = mask === undefined ? logits : graph.node('Add', [logits, mask])
  const all = graph.node('LogSoftmax', [masked], { axis: int(-1) })
  const at = graph.node('Unsqueeze', [targets, graph.ints([1])])
  const y = graph.node('Squeeze', [
    graph.node('GatherElements', [all, at], { axis: int(1) }),
    graph.ints([1]),
  ])
  tape.record([y], [logits], ([dy]) => {
    const column = graph.node('Unsqueeze', [dy!, graph.ints([1])])
    const away = graph.node('Mul', [graph.node('Exp', [all]), graph.node('Neg', [column])])
    return [graph.node('ScatterElements', [away, at, column], { axis: int(1), reduction: string('add') })]
  })
  return y
}

/** Weighted sums of token values: matrix [S, M] times values [M] -> [S]; the matrix has no gradient. */
export function weightedSums(tape: Tape, matrix: Name, values: Name): Name {
  const { graph } = tape
  const y = graph.node('MatMul', [matrix, values])
  tape.record([y], [values], ([dy]) => [graph.node('MatMul', [dy!, matrix])])
  return y
}
