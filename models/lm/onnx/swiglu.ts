import type { Name } from './graph.js'
import type { Tape } from './tape.js'

/** silu(gate) * up (arXiv 2002.05202) of gate and up, each [N, F]. */
export function swiglu(tape: Tape, gate: Name, up: Name): Name {
  const { graph } = tape
  const sigmoid = graph.node('Sigmoid', [gate])
  const silu = graph.node('Mul', [gate, sigmoid])
  const y = graph.node('Mul', [silu, up])
  tape.record([y], [gate, up], ([dy]) => {
    // silu' = s + silu (1 - s)
    const slope = graph.node('Add', [sigmoid, graph.node('Sub', [silu, graph.node('Mul', [silu, sigmoid])])])
    const dGate = graph.node('Mul', [graph.node('Mul', [dy!, up]), slope])
    return [dGate, graph.node('Mul', [dy!, silu])]
  })
  return y
}
