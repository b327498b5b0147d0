import { describe, expect, it } from 'vitest'
import { randomAt } from '../../../common/random.js'
import { sampleToken } from '../../../models/lm/sample.js'

const logits = Float32Array.of(2, 0.5, 1, -1, 3)

function frequencies(allowed: number[] | null, temperature: number, minP: number): number[] {
  const counts = [0, 0, 0, 0, 0]
  const random = randomAt('sample', temperature, minP)
  const n = 40_000
  for (let i = 0; i < n; i++) {
    counts[sampleToken(logits, allowed && Int32Array.from(allowed), { temperature, minP }, random).token]! +=
      1 / n
  }
  return counts
}

function softmax(allowed: number[], temperature: number): number[] {
  const weights = [...logits].map((x, i) => (allowed.includes(i) ? Math.exp(x / temperature) : 0))
  const total = weights.reduce((a, b) => a + b, 0)
  return weights.map((w) => w / total)
}

describe('sampleToken', () => {
  it.each([
    [null, 1, 0, [0, 1, 2, 3, 4]],
    [[0, 2, 3], 1, 0, [0, 2, 3]],
    [[0, 2, 3], 2.5, 0, [0, 2, 3]],
    [null, 0.5, 0, [0, 1, 2, 3, 4]],
    // at temperature 1 the likeliest is e^3, so a tenth of it leaves e^2 and e^1 in
    [null, 1, 0.1, [0, 2, 4]],
  ])(
    'draws among %j at temperature %d and min-p %d as often as it should',
    (allowed, temperature, minP, kept) => {
      const expected = softmax(kept, temperature)
      frequencies(allowed, temperature, minP).forEach((f, i) =>
        expect(Math.abs(f - expected[i]!)).toBeLessThan(0.01),
      )
    },
  )

  it('takes the likeliest allowed token at temperature 0 and tells its log-probability at temperature 1', () => {
    const { token, logProb } = sampleToken(
      logits,
      Int32Array.of(1, 2),
      { temperature: 0, minP: 0 },
      randomAt('x'),
    )
    expect(token).toBe(2)
    expect(logProb).toBeCloseTo(Math.log(softmax([1, 2], 1)[2]!), 6)
  })
})
