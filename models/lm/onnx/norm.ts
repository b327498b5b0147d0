import { float, int, type Name } from './graph.js'
import type { Tape } from './tape.js'

/** RMSNorm (arXiv 1910.07467) as in Llama: x / sqrt(mean(x^2) + eps) * w; x [N, d], w [d]. */
export function rmsNorm(tape: Tape, x: Name, weight: Name, size: number, eps: number): Name {
  const { graph } = tape
  const attributes = { axis: int(-1), epsilon: float(eps), stash_type: int(1) }
  const [y, inverse] = graph.node('SimplifiedLayerNormalization', [x, weight], attributes, 2)
  tape.record([y!], [x, weight], ([dy], wanted) => {
    const normed = graph.node('Mul', [x, inverse!])
    const product = graph.node('Mul', [dy!, normed])
    const column = (): Name => {
      const share = graph.node('Div', [weight, graph.scalar(size)])
      return graph.node('MatMul', [product, graph.node('Unsqueeze', [share, graph.ints([1])])])
    }
    const dx = (): Name => {
      const inner = graph.node('Sub', [
        graph.node('Mul', [dy!, weight]),
        graph.node('Mul', [normed, column()]),
      ])
      return graph.node('Mul', [inner, inverse!])
    }
    return [
      wanted[0] ? dx() : null,
      wanted[1] ? graph.node('ReduceSum', [product, graph.ints([0])], { keepdims: int(0) }) : null,
    ]
  })
  return y!
}
