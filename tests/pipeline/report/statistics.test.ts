import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomAt } from '../../../common/random.js'
import { Bootstrap } from '../../../pipeline/report/bootstrap.js'
import { holm, signFlipP } from '../../../pipeline/report/sign-flip.js'

const normals = (n: number, run: number): number[] => {
  const random = randomAt('normals', run)
  return Array.from({ length: n }, () => random.normal())
}

describe('the bootstrap interval', () => {
  it('covers the true mean of 32 personas about 95 times in 100', () => {
    const bootstrap = new Bootstrap(1)
    const covered = Array.from({ length: 400 }, (_, run) => bootstrap.interval(normals(32, run))).filter(
      ({ low, high }) => low! <= 0 && high! >= 0,
    )
    expect(covered.length / 400).toBeGreaterThan(0.9)
    expect(covered.length / 400).toBeLessThan(0.98)
  })

  it('is the same for the same seed, and undefined for a single persona', () => {
    expect(new Bootstrap(3).interval([1, 2, 4])).toEqual(new Bootstrap(3).interval([1, 2, 4]))
    expect(new Bootstrap(3).interval([1])).toEqual({ low: null, high: null })
  })

  it('lies around the mean and within the values', () => {
    const bootstrap = new Bootstrap(1)
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 2, maxLength: 20 }),
        (values) => {
          const { low, high } = bootstrap.interval(values)
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length
          expect(low!).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9)
          expect(high!).toBeLessThanOrEqual(Math.max(...values) + 1e-9)
          expect(low!).toBeLessThanOrEqual(mean + 1e-9)
          expect(high!).toBeGreaterThanOrEqual(mean - 1e-9)
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('the sign-flip test', () => {
  it('gives 1 for equal arms', () => {
    expect(signFlipP([0, 0, 0, 0], ['a'])).toBe(1)
    expect(
      signFlipP(
        Array.from({ length: 32 }, () => 0),
        ['a'],
      ),
    ).toBe(1)
  })

  it('rejects equal arms 5 times in 100 at 0.05', () => {
    const rejected = Array.from({ length: 200 }, (_, run) => signFlipP(normals(10, run), ['a', run])!)
    expect(rejected.filter((p) => p <= 0.05).length / 200).toBeLessThan(0.1)
  })

  it('is exact for few personas: four that all gained cannot show more than 2 / 16', () => {
    expect(signFlipP([0.1, 0.2, 0.3, 0.4], ['a'])).toBe(2 / 16)
  })

  it('is never 0 and does not depend on the direction', () => {
    const gains = Array.from({ length: 32 }, (_, i) => 0.1 + i / 10)
    expect(signFlipP(gains, ['a'])).toBe(1 / 10_000)
    expect(
      signFlipP(
        gains.map((gain) => -gain),
        ['a'],
      ),
    ).toBe(1 / 10_000)
    expect(signFlipP([], ['a'])).toBeNull()
  })
})

it('Holm multiplies the smallest p by the number of tests and keeps the order', () => {
  expect(holm([0.01, null, 0.04, 0.03])).toEqual([0.03, null, 0.06, 0.06])
  expect(holm([0.6, 0.7])).toEqual([1, 1])
})
