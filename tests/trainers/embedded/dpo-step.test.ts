import { expect, test } from 'vitest'
import { randomAt } from '../../../common/random.js'
import { LINEAR_MODULES } from '../../../models/lm/llama-config.js'
import { loraShapes, mergeLora } from '../../../models/lm/lora.js'
import { Weights } from '../../../models/lm/weights.js'
import { DpoStep, type DpoSettings } from '../../../trainers/embedded/dpo-step.js'
import type { TokenPair } from '../../../trainers/embedded/token-pair.js'
import { TINY, tinyWeights } from '../../models/lm/tiny-llama.js'

const any = Array.from({ length: TINY.vocabSize }, (_, token) => token)
const pairs: TokenPair[] = [
  {
    name: 'a',
    prompt: [2, 5, 7],
    chosen: [4, 6, 1],
    rejected: [8, 1],
    allowed: { chosen: [[4, 8, 9], [6, 2], [1]], rejected: [[4, 8, 9], any] },
  },
  { name: 'b', prompt: [9, 2], chosen: [10, 1], rejected: [4, 11, 1], allowed: null },
]
const reference = Float32Array.of(-3, -2, -5, -6)
const plain: DpoSettings = {
  beta: 0.5,
  labelSmoothing: 0,
  likelihoodWeight: 0,
  continuationMask: false,
  lora: null,
}
const everything: DpoSettings = {
  ...plain,
  labelSmoothing: 0.1,
  likelihoodWeight: 0.7,
  continuationMask: true,
}
const lora = { rank: 2, alpha: 3, dropout: 0, modules: [...LINEAR_MODULES] }

function adapter(modules = lora.modules): Weights {
  const weights = new Weights(loraShapes(TINY, { ...lora, modules }))
  const random = randomAt('adapter')
  for (let i = 0; i < weights.flat.length; i++) weights.flat[i] = random.normal() * 0.3
  return weights
}

/** Central differences at weights drawn from every tensor. */
async function checkGradients(
  settings: DpoSettings,
  trained: Weights,
  at: { base: Weights; lora: Weights | null },
) {
  const step = await DpoStep.create({ config: TINY, settings, positions: 32 })
  const gradients = new Weights(trained.shapes)
  const loss = async (): Promise<number> =>
    (await step.run({ pairs, reference, ...at, gradients, address: ['drop'] })).loss
  await loss()
  const analytic = gradients.clone()
  const random = randomAt('places')
  for (const name of trained.names) {
    const values = trained.get(name)
    for (let draw = 0; draw < 6; draw++) {
      const i = random.int(values.length)
      const before = values[i]!
      const [above, below] = [Math.fround(before + 0.01), Math.fround(before - 0.01)]
      values[i] = above
      const high = await loss()
      values[i] = below
      const low = await loss()
      values[i] = before
      const difference = (high - low) / (above - below)
      const gradient = analytic.get(name)[i]!
      expect(
        Math.abs(gradient - difference),
        `${name}[${i}]: ${gradient} against ${difference}`,
      ).toBeLessThan(2e-3 * Math.max(1, Math.abs(difference)))
    }
  }
}

test('gradients of plain DPO agree with finite differences', () => {
  const base = tinyWeights()
  return checkGradients(plain, base, { base, lora: null })
})

test('gradients with label smoothing, likelihood term and continuation mask agree with finite differences', () => {
  const base = tinyWeights()
  return checkGradients(everything, base, { base, lora: null })
})

test('gradients of an adapter for all linear layers agree with finite differences', () => {
  const weights = adapter()
  return checkGradients({ ...everything, lora }, weights, { base: tinyWeights(), lora: weights })
})

test('gradients of an adapter for q and v with dropout agree with finite differences', () => {
  const modules = ['q_proj' as const, 'v_proj' as const]
  const weights = adapter(modules)
  const settings = { ...plain, lora: { ...lora, modules, dropout: 0.3 } }
  return checkGradients(settings, weights, { base: tinyWeights(), lora: weights })
})

test('the loss is DPO with label smoothing plus the likelihood term, computed by hand from the log-probabilities', async () => {
  const step = await DpoStep.create({ config: TINY, settings: everything, positions: 32 })
  const { loss, logProbs } = await step.run({ pairs, reference, base: tinyWeights() })
  const softplus = (x: number): number => Math.log1p(Math.exp(x))
  let expected = 0
  pairs.forEach(({ chosen }, i) => {
    const h = 0.5 * (logProbs[2 * i]! - reference[2 * i]! - (logProbs[2 * i + 1]! - reference[2 * i + 1]!))
    expected += (0.9 * softplus(-h) + 0.1 * softplus(h) - (0.7 * logProbs[2 * i]!) / chosen.length) / 2
  })
  expect(loss).toBeCloseTo(expected, 5)
})

test('where only one token may come, its log-probability is 0', async () => {
  const step = await DpoStep.create({ config: TINY, settings: everything, positions: 32, loss: false })
  const only: TokenPair = {
    ...pairs[0]!,
    allowed: { chosen: [[4], [6], [1]], rejected: [any, any] },
  }
  const masked = await step.run({ pairs: [only], base: tinyWeights() })
  const free = await step.run({ pairs: [{ ...only, allowed: null }], base: tinyWeights() })
  expect(masked.logProbs[0]).toBeCloseTo(0, 6)
  expect(masked.logProbs[1]).toBeCloseTo(free.logProbs[1]!, 5)
})

test('a merged adapter gives the log-probabilities of base and adapter', async () => {
  const base = tinyWeights()
  const weights = adapter()
  const apart = await DpoStep.create({ config: TINY, settings: { ...plain, lora }, positions: 32 })
  const merged = await DpoStep.create({ config: TINY, settings: plain, positions: 32 })
  const expected = await apart.run({ pairs, reference, base, lora: weights })
  const actual = await merged.run({ pairs, reference, base: mergeLora(TINY, base, weights, lora) })
  expected.logProbs.forEach((logProb, i) => expect(actual.logProbs[i]).toBeCloseTo(logProb, 4))
})
