import { expect, test } from 'vitest'
import { packBatch, type PromptWithReplies } from '../../../models/lm/llama-train-batch.js'
import { TrainingSession } from '../../../models/lm/llama-train-session.js'
import { Weights } from '../../../models/lm/weights.js'
import { TINY, tinyWeights } from './tiny-llama.js'

const HEAD_SIZE = TINY.hiddenSize / TINY.heads
const pairs = [
  { prompt: [2, 5, 7, 3], chosen: [4, 6, 1], rejected: [8, 1] },
  { prompt: [9, 2], chosen: [10, 1], rejected: [4, 11, 12, 1] },
  { prompt: [3], chosen: [1], rejected: [5, 5, 1] },
]
const shared = pairs.map(({ prompt, chosen, rejected }) => ({ prompt, replies: [chosen, rejected] }))
const apart = pairs.flatMap(({ prompt, chosen, rejected }) => [
  { prompt, replies: [chosen] },
  { prompt, replies: [rejected] },
])
const pack = (sequences: readonly PromptWithReplies[]) => packBatch(sequences, TINY.heads, HEAD_SIZE)
const vector = (values: readonly number[]) => ({ data: Float32Array.from(values), dims: [values.length] })
const extra = {
  reference: vector([-5, -6, -7, -4, -6, -8]),
  pairWeights: vector([0.4, 0.3, 0.3]),
  likelihoodWeights: vector([0.1, 0, 0.2, 0, 0.3, 0]),
}

test('a prompt shared by two replies gives the losses and gradients of two whole sequences', async () => {
  const session = await TrainingSession.create({
    config: TINY,
    positions: 32,
    loss: { kind: 'dpo', beta: 0.5, labelSmoothing: 0.1 },
  })
  const base = tinyWeights()
  const results = []
  for (const sequences of [shared, apart]) {
    const gradients = new Weights(base.shapes)
    results.push({ ...(await session.run({ base, batch: pack(sequences), extra, gradients })), gradients })
  }
  const [together, separate] = results
  expect(together!.loss).toBeCloseTo(separate!.loss, 5)
  for (let i = 0; i < 6; i++) expect(together!.logProbs[i]).toBeCloseTo(separate!.logProbs[i]!, 4)
  const worst = together!.gradients.flat.map((g, i) => Math.abs(g - separate!.gradients.flat[i]!))
  expect(Math.max(...worst)).toBeLessThan(2e-6)
})

test('log-probabilities of the whole vocabulary at a place sum to 1', async () => {
  const session = await TrainingSession.create({ config: TINY, positions: 32, loss: { kind: 'none' } })
  const replies = Array.from({ length: TINY.vocabSize }, (_, token) => [token])
  const { logProbs } = await session.run({
    base: tinyWeights(),
    batch: pack([{ prompt: [2, 5, 7], replies }]),
  })
  expect(logProbs.reduce((sum, logProb) => sum + Math.exp(logProb), 0)).toBeCloseTo(1, 5)
})

test('the other sequences of a batch do not change a log-probability', async () => {
  const session = await TrainingSession.create({ config: TINY, positions: 32, loss: { kind: 'none' } })
  const base = tinyWeights()
  const all = await session.run({ base, batch: pack(shared) })
  const alone = await session.run({ base, batch: pack(shared.slice(1, 2)) })
  expect(all.logProbs[2]).toBeCloseTo(alone.logProbs[0]!, 4)
  expect(all.logProbs[3]).toBeCloseTo(alone.logProbs[1]!, 4)
})

test('the likelihood loss is the weighted sum of token log-probabilities, and falls along its gradient', async () => {
  const session = await TrainingSession.create({ config: TINY, positions: 32, loss: { kind: 'likelihood' } })
  const base = tinyWeights()
  const batch = pack([{ prompt: [2], replies: [[5, 7, 1]] }])
  const weights = { data: Float32Array.of(0.2, 0.5, 0.3), dims: [3] }
  const gradients = new Weights(base.shapes)
  const run = () => session.run({ base, batch, extra: { weights }, gradients })
  const before = await run()
  const expected = -before.logProbs.reduce((sum, logProb, i) => sum + logProb * weights.data[i]!, 0)
  expect(before.loss).toBeCloseTo(expected, 5)
  gradients.flat.forEach((g, i) => (base.flat[i]! -= 0.05 * g))
  expect((await run()).loss).toBeLessThan(before.loss)
})

test('an empty prompt or reply is refused', () => {
  expect(() => pack([{ prompt: [], replies: [[1]] }])).toThrow(RangeError)
  expect(() => pack([{ prompt: [2], replies: [[]] }])).toThrow(RangeError)
})
