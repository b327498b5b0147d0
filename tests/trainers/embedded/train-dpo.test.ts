import { expect, test } from 'vitest'
import { runSchema, type TrainerConfig } from '../../../configs/schema.js'
import { LINEAR_MODULES } from '../../../models/lm/llama-config.js'
import type { TokenPair } from '../../../trainers/embedded/token-pair.js'
import { trainDpo, type DpoTraining } from '../../../trainers/embedded/train-dpo.js'
import { TINY, tinyWeights } from '../../models/lm/tiny-llama.js'

const trainerOf = (overrides: Record<string, unknown>): TrainerConfig =>
  runSchema.parse({ name: 'x', days: 1, trainer: { learningRate: 5e-3, ...overrides } }).trainer
const pairs: TokenPair[] = Array.from({ length: 10 }, (_, i) => ({
  name: `pair ${i}`,
  prompt: [2 + (i % 5), 7, 3],
  chosen: [4, 5 + (i % 3), 1],
  rejected: [9 + (i % 2), 1],
  allowed: null,
}))
const training = (overrides: Record<string, unknown> = {}): DpoTraining => {
  const weights = tinyWeights()
  return {
    config: TINY,
    weights,
    reference: weights,
    pairs,
    trainer: trainerOf(overrides),
    address: [1, 'night'],
  }
}
const lora = { rank: 4, alpha: 8, dropout: 0.1, modules: [...LINEAR_MODULES] }

test('training raises the margin between chosen and rejected, by all weights or by an adapter', async () => {
  for (const options of [{}, { lora }]) {
    const { log } = await trainDpo(training({ epochs: 6, ...options }))
    expect(log).toHaveLength(6 * 3)
    expect(log[0]!['rewards/margins']).toBeCloseTo(0, 4)
    expect(log[0]!['loss']).toBeCloseTo(Math.log(2), 4)
    expect(log.at(-1)!['rewards/margins']).toBeGreaterThan(0.3)
    expect(log.at(-1)!['rewards/accuracies']).toBe(1)
    expect(log.at(-1)!['loss']).toBeLessThan(0.6)
  }
})

test('the same training gives the same bytes, another address others', async () => {
  for (const options of [{}, { lora }]) {
    const [first, again] = [await trainDpo(training(options)), await trainDpo(training(options))]
    expect(again.weights.flat).toEqual(first.weights.flat)
    expect(again.log).toEqual(first.log)
    const other = await trainDpo({ ...training(options), address: [2, 'night'] })
    expect(other.weights.flat).not.toEqual(first.weights.flat)
  }
})

test('the last, smaller batch counts as the mean of its pairs', async () => {
  const { log } = await trainDpo(training({ epochs: 1, learningRate: 1e-9 }))
  for (const { loss } of log) expect(loss).toBeCloseTo(Math.log(2), 4)
})

test('the likelihood term raises the log-probability of the chosen reply and is logged', async () => {
  const plain = await trainDpo(training({ epochs: 4 }))
  const pulled = await trainDpo(training({ epochs: 4, likelihoodWeight: 1 }))
  expect(plain.log[0]).not.toHaveProperty('nll_loss')
  expect(pulled.log.at(-1)!['nll_loss']).toBeLessThan(pulled.log[0]!['nll_loss']!)
  expect(pulled.log.at(-1)!['logps/chosen']).toBeGreaterThan(plain.log.at(-1)!['logps/chosen']!)
})

test('a pair beyond the limits is refused by name', async () => {
  await expect(trainDpo(training({ maxPromptTokens: 2 }))).rejects.toMatchObject({
    code: 'PAIR_TOO_LONG',
    message: expect.stringContaining('pair 0'),
  })
  await expect(trainDpo(training({ maxTokens: 5 }))).rejects.toMatchObject({ code: 'PAIR_TOO_LONG' })
})

test('weights that are not finite end the training', async () => {
  const start = training()
  start.weights.flat[20] = NaN
  await expect(trainDpo(start)).rejects.toMatchObject({ code: 'TRAINING_DIVERGED', kind: 'trainer' })
})

test('a signal ends the training between two steps', async () => {
  const controller = new AbortController()
  const steps: number[] = []
  const running = trainDpo({
    ...training(),
    signal: controller.signal,
    onStep: ({ step }) => {
      steps.push(step)
      if (step === 2) controller.abort(new Error('stop'))
    },
  })
  await expect(running).rejects.toThrow('stop')
  expect(steps).toEqual([1, 2])
})
