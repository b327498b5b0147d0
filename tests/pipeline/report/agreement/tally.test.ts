import { describe, expect, it } from 'vitest'
import { type Rating, ratingOf } from '../../../../datasets/schema.js'
import { Tally } from '../../../../pipeline/report/agreement/tally.js'
import { Bootstrap } from '../../../../pipeline/report/bootstrap.js'

const rated = (timing: 0 | 1): { rating: Rating } => ({
  rating: ratingOf((criterion) => ({ value: criterion === 'timing' ? timing : 1, reason: '' })),
})
const bootstrap = new Bootstrap(1)

describe('the agreement of two raters', () => {
  it('pools all candidates, and has an interval over personas', () => {
    const tally = new Tally()
    for (const persona of ['p1', 'p2', 'p3', 'p4']) {
      for (let i = 0; i < 10; i++) {
        const value = i < 5 ? 0 : 1
        // p4 contradicts all the time, the others agree all the time
        tally.add(persona, rated(value), rated(persona === 'p4' ? (value === 1 ? 0 : 1) : value))
      }
    }
    const { n, failures, criteria, score } = tally.agreement(bootstrap)
    expect({ n, failures }).toEqual({ n: 40, failures: 0 })
    expect(criteria.timing.agreement.value).toBe(0.75)
    expect(criteria.timing.kappa.value).toBeCloseTo(0.5)
    expect(criteria.timing.kappa.low!).toBeLessThan(0.2)
    expect(criteria.timing.kappa.high).toBe(1)
    expect(score.pearson.value).toBeCloseTo(0.5)
    expect(score.difference.value).toBe(0)
  })

  it('has no kappa, and no interval of it, where a criterion was always given', () => {
    const tally = new Tally()
    for (const persona of ['p1', 'p2'])
      for (const value of [0, 1] as const) tally.add(persona, rated(value), rated(1))
    const { criteria, score } = tally.agreement(bootstrap)
    expect(criteria.preference).toEqual({
      kappa: { value: null, low: null, high: null },
      agreement: { value: 1, low: 1, high: 1 },
    })
    expect(criteria.timing.kappa.value).toBeNull()
    expect(score.difference.value).toBe(0.5)
  })

  it('counts what one of them could not rate, and nothing else of it', () => {
    const tally = new Tally()
    tally.add('p1', rated(1), { rating: null })
    tally.add('p1', { rating: null }, { rating: null })
    const { n, failures, criteria } = tally.agreement(bootstrap)
    expect({ n, failures }).toEqual({ n: 0, failures: 2 })
    expect(criteria.timing.agreement.value).toBeNull()
  })
})
