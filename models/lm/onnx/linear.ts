import { float, int, type Name } from './graph.js'
import type { Tape } from './tape.js'

/**
 * x W^T (+ residual): x [N, in], W [out, in] as in Hugging Face checkpoints, residual [N, out].
 * Without transposes in either direction: both gradients are Gemms.
 */
export function linear(tape: Tape, x: Name, weight: Name, residual?: Name): Name {
  const { graph } = tape
  const operands = residual === undefined ? [x, weight] : [x, weight, residual]
  const y = graph.node('Gemm', operands, { transB: int(1) })
  tape.record([y], operands, ([dy], wanted) => [
    wanted[0] ? (sum) => graph.node('Gemm', sum === null ? [dy!, weight] : [dy!, weight, sum]) : null,
    wanted[1]
      ? (sum) => graph.node('Gemm', sum === null ? [dy!, x] : [dy!, x, sum], { transA: int(1) })
      : null,
    dy!,
  ])
  return y
}

/** The same with a scale: y = base + scale x W^T; a low-rank update is added to its layer this way. */
export function scaledLinear(tape: Tape, x: Name, weight: Name, base: Name, scale: number): Name {
  const { graph } = tape
  const alpha = float(scale)
  const y = graph.node('Gemm', [x, weight, base], { transB: int(1), alpha })
  tape.record([y], [x, weight, base], ([dy], wanted) => [
    wanted[0] ? graph.node('Gemm', [dy!, weight], { alpha }) : null,
    wanted[1] ? graph.node('Gemm', [dy!, x], { transA: int(1), alpha }) : null,
    dy!,
  ])
  return y
}

/** Elementwise product with a tensor that has no gradient, e.g. a dropout mask. */
export function scaleBy(tape: Tape, x: Name, factor: Name): Name {
  const y = tape.graph.node('Mul', [x, factor])
  tape.record([y], [x], ([dy]) => [tape.graph.node('Mul', [dy!, factor])])
  return y
}
