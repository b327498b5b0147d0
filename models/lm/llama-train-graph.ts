import { attention, rotary, rotaryTables } from './onnx/attention.js'
import { int, type Graph, type Name } from './onnx/graph.js'
import { gatherRows, joinHeads, splitHeads, type HeadLayout } from './onnx/indexing.js'
import { linear } from './onnx/linear.js'
import { tokenLogProbability } from './onnx/log-probability.js'
import { rmsNorm } from './onnx/norm.js'
import { swiglu } from './onnx/swiglu.js'
import type { Tape } from './onnx/tape.js'
import { EMBEDDING, FINAL_NORM, normName, type LlamaConfig } from './llama-config.js'
import type { TrainingParameters } from './llama-train-parameters.js'

/** Rows that ask (queries) in the padded layout of heads; names of inputs, see `llama-train-batch.ts`. */
interface Queries extends HeadLayout {
  positions: Name
  mask: Name
}

function queryInputs(graph: Graph, prefix: 'all' | 'reply', heads: number, headSize: number): Queries {
  const time = prefix === 'all' ? 'T' : 'R'
  const index = (name: string): Name => graph.input(`${prefix}.${name}`, 'int32', [`${prefix}.${name}`])
  return {
    heads,
    headSize,
    positions: graph.node('Cast', [graph.input(`${prefix}.positions`, 'int32', ['B', time])], { to: int(7) }),
    mask: graph.input(`${prefix}.mask`, 'float32', ['B', 1, time, 'T']),
    toRows: index('toRows'),
    toHeads: index('toHeads'),
    padded: graph.input(`${prefix}.padded`, 'int64', [4]),
  }
}

/** What the losses need of the forward pass. */
export interface ForwardPass {
  /** Log-probability of each reply token, [M]. */
  tokens: Name
  /** Mean logit over the vocabulary at each reply token, [M]; no gradient. */
  meanLogits: Name
}

/**
 * Forward pass of a Llama-type model (Hugging Face `modeling_llama.py`: rotate_half, tied head) over packed rows, up
 * to the log-probabilities of the reply tokens. Queries, the MLP and the head of the last layer are computed only
 * at the rows that predict a reply token.
 */
export function llamaForward(
  tape: Tape,
  parameters: TrainingParameters,
  config: LlamaConfig,
  options: { positions: number; vocabularyMask: boolean },
): ForwardPass {
  const { graph } = tape
  const { hiddenSize: d, heads, layers, vocabSize, rmsNormEps } = config
  const headSize = d / heads
  const index = (name: string): Name => graph.input(name, 'int32', [name])
  const tables = rotaryTables(tape, options.positions, headSize, config.ropeTheta)
  const norm = (x: Name, name: string): Name => rmsNorm(tape, x, parameters.tensor(name), d, rmsNormEps)
  const all = queryInputs(graph, 'all', heads, headSize)
  const reply = queryInputs(graph, 'reply', heads, headSize)
  const predicting = index('rows')
  const embedding = parameters.tensor(EMBEDDING)

  let x = gatherRows(tape, embedding, index('ids'))
  for (let layer = 0; layer < layers; layer++) {
    const last = layer === layers - 1
    const queries = last ? reply : all
    const h = norm(x, normName(layer, 'input'))
    const asking = last ? gatherRows(tape, h, predicting) : h
    const q = splitHeads(tape, parameters.linear(asking, layer, 'q_proj'), queries)
    const k = splitHeads(tape, parameters.linear(h, layer, 'k_proj'), all)
    const v = splitHeads(tape, parameters.linear(h, layer, 'v_proj'), all)
    const heard = attention(
      tape,
      rotary(tape, q, queries.positions, tables),
      rotary(tape, k, all.positions, tables),
      v,
      queries.mask,
      1 / Math.sqrt(headSize),
    )
    const joined = joinHeads(tape, heard, queries)
    x = parameters.linear(joined, layer, 'o_proj', last ? gatherRows(tape, x, predicting) : x)
    const h2 = norm(x, normName(layer, 'post_attention'))
    const gate = parameters.linear(h2, layer, 'gate_proj')
    x = parameters.linear(swiglu(tape, gate, parameters.linear(h2, layer, 'up_proj')), layer, 'down_proj', x)
  }
  x = norm(x, FINAL_NORM)
  const logits = linear(tape, x, embedding)
  const mask = options.vocabularyMask ? graph.input('vocabularyMask', 'float32', ['M', vocabSize]) : undefined
  const meanRow = graph.node('ReduceMean', [embedding, graph.ints([0])], { keepdims: int(0) })
  return {
    tokens: tokenLogProbability(tape, logits, index('targets'), mask),
    meanLogits: graph.node('MatMul', [x, meanRow]),
  }
}
