import { int, type Name } from './graph.js'
import type { Tape } from './tape.js'

/** silu(gate) * up (arXiv 2002.05202) of gate and up side by side: [N, 2F] -> [N, F]. */
export function swiglu(tape: Tape, gateUp: Name, width: number): Name {
  const { graph } = tape
  const [gate, up] = graph.node('Split', [gateUp, graph.ints([width, width])], { axis: int(1) }, 2)
  const sigmoid = graph.node('Sigmoid', [gate!])
  const silu = graph.node('Mul', [gate!, sigmoid])
  const y = graph.node('Mul', [silu, up!])
  tape.record([y], [gateUp], ([dy]) => {
    // silu' = s + silu (1 - s)
    const slope = graph.node('Add', [sigmoid, graph.node('Sub', [silu, graph.node('Mul', [silu, sigmoid])])])
    const dGate = graph.node('Mul', [graph.node('Mul', [dy!, up!]), slope])
    return [graph.node('Concat', [dGate, graph.node('Mul', [dy!, silu])], { axis: int(1) })]
  })
  return y
}
