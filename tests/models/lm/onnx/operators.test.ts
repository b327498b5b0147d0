import { test } from 'vitest'
import { attention, rotary, rotaryTables } from '../../../../models/lm/onnx/attention.js'
import { gatherRows, joinHeads, splitHeads, type HeadLayout } from '../../../../models/lm/onnx/indexing.js'
import { linear, scaleBy, scaledLinear } from '../../../../models/lm/onnx/linear.js'
import { tokenLogProbability, weightedSums } from '../../../../models/lm/onnx/log-probability.js'
import { rmsNorm } from '../../../../models/lm/onnx/norm.js'
import { swiglu } from '../../../../models/lm/onnx/swiglu.js'
import type { Graph, Name } from '../../../../models/lm/onnx/graph.js'
import { checkGradients } from './gradient-check.js'

const ints32 = (graph: Graph, data: readonly number[]): Name =>
  graph.node('Cast', [graph.ints(data)], { to: { type: 'int', value: 6 } })

test('linear with residual: gradients of input, weight and residual', () =>
  checkGradients({ x: [3, 4], w: [2, 4], r: [3, 2] }, [[3, 2]], (tape) => linear(tape, 'x', 'w', 'r')))

test('linear used twice on one input and one weight: contributions add up', () =>
  checkGradients({ x: [3, 4], w: [4, 4] }, [[3, 4]], (tape) =>
    linear(tape, linear(tape, 'x', 'w'), 'w', 'x'),
  ))

test('scaled linear, as low-rank updates are added', () =>
  checkGradients({ x: [3, 2], w: [4, 2], y: [3, 4] }, [[3, 4]], (tape) =>
    scaledLinear(tape, 'x', 'w', 'y', 0.5),
  ))

test('product with a dropout mask', () =>
  checkGradients({ x: [2, 3] }, [[2, 3]], (tape, graph) =>
    scaleBy(tape, 'x', graph.floats([0, 2, 2, 0, 2, 0], [2, 3])),
  ))

test('RMSNorm: gradients of input and weight', () =>
  checkGradients({ x: [3, 5], w: [5] }, [[3, 5]], (tape) => rmsNorm(tape, 'x', 'w', 5, 1e-5)))

test('swiglu', () =>
  checkGradients({ gate: [3, 2], up: [3, 2] }, [[3, 2]], (tape) => swiglu(tape, 'gate', 'up')))

test('rows gathered more than once receive the sum', () =>
  checkGradients({ x: [4, 3] }, [[5, 3]], (tape, graph) =>
    gatherRows(tape, 'x', ints32(graph, [2, 0, 2, 3, 2])),
  ))

test('gathered rows add to a gradient that came another way', () =>
  checkGradients({ e: [4, 3] }, [[2, 4]], (tape, graph) =>
    linear(tape, gatherRows(tape, 'e', ints32(graph, [1, 1])), 'e'),
  ))

// Sequences of 2 and 1 rows, 2 heads of size 2, padded to 2 places: [B, H, T] holds rows 0 1, 0 1, 2 -, 2 -.
test('packed rows to heads and back', async () => {
  const layout = (graph: Graph): HeadLayout => ({
    heads: 2,
    headSize: 2,
    padded: graph.ints([2, 2, 2, 2]),
    toHeads: ints32(graph, [0, 2, 1, 3, 4, 6, 5, 6]),
    toRows: ints32(graph, [0, 2, 1, 3, 4, 6]),
  })
  await checkGradients({ x: [3, 4] }, [[2, 2, 2, 2]], (tape, graph) => splitHeads(tape, 'x', layout(graph)))
  await checkGradients({ x: [2, 2, 2, 2] }, [[3, 4]], (tape, graph) => joinHeads(tape, 'x', layout(graph)))
})

test('rotary embedding', () =>
  checkGradients({ x: [1, 2, 3, 4] }, [[1, 2, 3, 4]], (tape, graph) =>
    rotary(tape, 'x', graph.ints([0, 5, 2], [1, 3]), rotaryTables(tape, 8, 4, 10000)),
  ))

test('attention with a mask: gradients of queries, keys and values', () =>
  checkGradients({ q: [1, 2, 2, 3], k: [1, 2, 3, 3], v: [1, 2, 3, 3] }, [[1, 2, 2, 3]], (tape, graph) =>
    attention(tape, 'q', 'k', 'v', graph.floats([0, 0, -1e9, 0, -1e9, 0], [1, 1, 2, 3]), 0.6),
  ))

test('token log-probability over allowed continuations', () =>
  checkGradients({ logits: [2, 4] }, [[2]], (tape, graph) =>
    tokenLogProbability(
      tape,
      'logits',
      ints32(graph, [3, 1]),
      graph.floats([0, -1e4, 0, 0, 0, 0, -1e4, -1e4], [2, 4]),
    ),
  ))

test('weighted sums of tokens', () =>
  checkGradients({ x: [3] }, [[2]], (tape, graph) =>
    weightedSums(tape, graph.floats([1, 0.5, 0, 0, 0, 2], [2, 3]), 'x'),
  ))
