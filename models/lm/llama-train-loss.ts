import type { Graph, Name } from './onnx/graph.js'
import { weightedSums } from './onnx/log-probability.js'
import type { Tape } from './onnx/tape.js'

/** A loss, the tensor it starts from and the gradient there. */
export interface Loss {
  loss: Name
  seeds: Map<Name, Name>
}

/** Weighted negative log-likelihood: -sum of weight * log p over the reply tokens; input `weights` [M]. */
export function likelihoodLoss(graph: Graph, tokens: Name): Loss {
  const negative = graph.node('Neg', [graph.input('weights', 'float32', ['M'])])
  return { loss: graph.node('MatMul', [negative, tokens]), seeds: new Map([[tokens, negative]]) }
}

/** Log-probability of each reply: input `replies` [S, M] holds 1 where a token belongs to a reply. */
export function replySums(tape: Tape, tokens: Name): Name {
  return weightedSums(tape, tape.graph.input('replies', 'float32', ['S', 'M']), tokens)
}

/**
 * DPO (arXiv 2305.18290) with label smoothing as in TRL's DPOTrainer (`sigmoid` loss: conservative DPO) and a
 * likelihood term. With h = beta ((c - c_ref) - (r - r_ref)) and w the weight of a pair, the loss is
 * sum w ((1 - e) softplus(-h) + e softplus(h)) - sum likelihoodWeights * reply.
 * @param replies [S], chosen and rejected in turn; inputs: `reference` [S], `pairWeights` [S / 2], `likelihoodWeights` [S]
 */
export function dpoLoss(
  graph: Graph,
  replies: Name,
  { beta, labelSmoothing }: { beta: number; labelSmoothing: number },
): Loss {
  const reference = graph.input('reference', 'float32', ['S'])
  const pairWeights = graph.input('pairWeights', 'float32', ['pairs'])
  const likelihoodWeights = graph.input('likelihoodWeights', 'float32', ['S'])
  const pairs = graph.node('Reshape', [graph.node('Sub', [replies, reference]), graph.ints([-1, 2])])
  const h = graph.node('MatMul', [pairs, graph.floats([beta, -beta], [2])])
  const minusH = graph.node('Neg', [h])
  const right = graph.scalar(1 - labelSmoothing)
  const wrong = graph.scalar(labelSmoothing)
  const mix = (opType: 'Softplus' | 'Sigmoid', combine: 'Add' | 'Sub'): Name =>
    graph.node(combine, [
      graph.node('Mul', [graph.node(opType, [h]), wrong]),
      graph.node('Mul', [graph.node(opType, [minusH]), right]),
    ])
  const preference = graph.node('MatMul', [pairWeights, mix('Softplus', 'Add')])
  const likelihood = graph.node('MatMul', [likelihoodWeights, replies])
  const slope = graph.node('Mul', [mix('Sigmoid', 'Sub'), pairWeights])
  const outer = graph.node('Mul', [
    graph.node('Unsqueeze', [slope, graph.ints([1])]),
    graph.floats([beta, -beta], [1, 2]),
  ])
  const seed = graph.node('Sub', [graph.node('Reshape', [outer, graph.ints([-1])]), likelihoodWeights])
  return { loss: graph.node('Sub', [preference, likelihood]), seeds: new Map([[replies, seed]]) }
}
