import { expect, test } from 'vitest'
import { Weights } from '../../../models/lm/weights.js'
import { AdamW } from '../../../trainers/embedded/adamw.js'
import { learningRateAt } from '../../../trainers/embedded/learning-rate.js'

const defaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 0 }
const weightsOf = (...values: number[]): Weights =>
  new Weights(new Map([['w', [1, values.length]]]), Float32Array.from(values))

test('the first step moves each weight by the learning rate against its gradient', () => {
  const adam = new AdamW(weightsOf(1, 1, 1, 1, 1), defaults)
  adam.gradients.flat.set([0.5, -2, 1e-3, 0, 7])
  expect(adam.step(0.1)).toBeCloseTo(Math.sqrt(0.25 + 4 + 1e-6 + 49), 5)
  ;[0.9, 1.1, 0.9, 1, 0.9].forEach((expected, i) => expect(adam.weights.flat[i]).toBeCloseTo(expected, 5))
})

test('three steps with decay and clipping follow the formulas of torch.optim.AdamW', () => {
  const options = { beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.1, maxGradNorm: 1 }
  const adam = new AdamW(weightsOf(0.5, -1), options)
  const gradients = [
    [3, -4],
    [0.1, 0.2],
    [-1, 0.5],
  ]
  const [p, m, v] = [
    [0.5, -1],
    [0, 0],
    [0, 0],
  ] as [number[], number[], number[]]
  gradients.forEach((pair, t) => {
    adam.gradients.flat.set(pair)
    adam.step(0.01)
    const scale = Math.min(1, 1 / (Math.hypot(...pair) + 1e-6))
    pair.forEach((value, i) => {
      const g = value * scale
      m[i] = 0.8 * m[i]! + 0.2 * g
      v[i] = 0.95 * v[i]! + 0.05 * g * g
      const root = Math.sqrt(v[i] / (1 - 0.95 ** (t + 1)))
      p[i] = p[i]! * (1 - 0.01 * 0.1) - (0.01 * (m[i] / (1 - 0.8 ** (t + 1)))) / (root + 1e-3)
    })
  })
  p.forEach((expected, i) => expect(adam.weights.flat[i]).toBeCloseTo(expected, 6))
})

test('norms do not decay, matrices do', () => {
  const shapes = new Map([
    ['matrix', [1, 3]],
    ['norm', [3]],
  ])
  const initial = new Weights(shapes, Float32Array.of(2, 2, 2, 2, 2, 2))
  const adam = new AdamW(initial, { ...defaults, weightDecay: 0.5 })
  adam.step(0.1)
  expect([...adam.weights.get('matrix')]).toEqual(Array(3).fill(Math.fround(1.9)))
  expect([...adam.weights.get('norm')]).toEqual(Array(3).fill(2))
})

test('the weights it was given stay as they were', () => {
  const initial = weightsOf(1, 2)
  const adam = new AdamW(initial, defaults)
  adam.gradients.flat.fill(1)
  adam.step(0.1)
  expect([...initial.flat]).toEqual([1, 2])
})

// values of transformers' get_linear/cosine/constant schedules at lr 1, 10 steps, 2 of them warm-up
test('learning rates rise in the warm-up and then fall as transformers lets them', () => {
  const at = (schedule: 'linear' | 'cosine' | 'constant', step: number): number =>
    learningRateAt(step, 10, { learningRate: 1, schedule, warmupRatio: 0.2 })
  for (const schedule of ['linear', 'cosine', 'constant'] as const) {
    expect([0, 1, 2].map((step) => at(schedule, step))).toEqual([0, 0.5, 1])
  }
  expect(at('linear', 6)).toBeCloseTo(0.5, 12)
  expect(at('linear', 9)).toBeCloseTo(0.125, 12)
  expect(at('cosine', 6)).toBeCloseTo(0.5, 12)
  expect(at('cosine', 4)).toBeCloseTo(0.5 * (1 + Math.SQRT1_2), 12)
  expect(at('constant', 9)).toBe(1)
})
