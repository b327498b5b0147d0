import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildDayPairs } from '../../datasets/pairing/build-day-pairs.js'
import { buildPairs } from '../../datasets/pairing/build-pairs.js'
import { NO_RECOMMENDATION, type RatedRecord, scoreOf } from '../../datasets/schema.js'
import { rated, record, step } from './arbitrary.js'

const config = { minMargin: 1 }
const spoken = { origin: 'spoken' as const }
const silence = { origin: 'silence' as const }
const build = (...candidates: RatedRecord['candidates']) => buildPairs(step(candidates), null, config)
const pairsOf = (list: RatedRecord['candidates']) =>
  new Set(build(...list).pairs.map((p) => `${p.chosen}>${p.rejected}`))
/** Step n of a day of 10-minute steps that ends with these words or silence. */
const at = (n: number, said: string | null) =>
  step([rated(1, 'x'), rated(2, said)], { moment: { ...step([]).moment, step: n, minute: 480 + 10 * n } })

describe('the pair of the paper', () => {
  it('sets the higher score over the lower', () => {
    const { pairs } = build(rated(1, 'Nap?'), rated(3, 'Tea?'))
    expect(pairs).toEqual([
      {
        system: null,
        prompt: 'reading >',
        chosen: 'Tea?',
        rejected: 'Nap?',
        kind: 'spoken>spoken',
        chosenScore: 3,
        rejectedScore: 1,
        persona: 'p',
        day: 1,
        step: 0,
        sinceDelivery: null,
      },
    ])
  })

  it('writes silence as No Recommendation', () => {
    const { pairs } = build(rated(4, null), rated(3, 'Tea?'))
    expect(pairs).toMatchObject([{ chosen: NO_RECOMMENDATION, rejected: 'Tea?', kind: 'silence>spoken' }])
  })

  it('drops and counts equal scores', () => {
    expect(build(rated(2, 'Nap?'), rated(2, 'Tea?'))).toMatchObject({ pairs: [], ties: 1, identical: 0 })
  })

  it('drops and counts equal texts, whatever a noisy rater said', () => {
    expect(build(rated(4, null), rated(3, null))).toMatchObject({ pairs: [], ties: 0, identical: 1 })
  })

  it('takes best and worst of more than two, the first of equals', () => {
    const { pairs } = build(rated(1, 'a'), rated(3, 'b'), rated(1, 'c'), rated(3, 'd'))
    expect(pairs).toMatchObject([{ chosen: 'b', rejected: 'a' }])
  })

  it('needs the least margin', () => {
    const tight = step([rated(1, 'a'), rated(2, 'b')])
    expect(buildPairs(tight, null, { minMargin: 2 })).toMatchObject({ pairs: [], ties: 1 })
  })

  it('lets a malformed reply lose but never win', () => {
    expect(build(rated(0, '{"a', { malformed: true }), rated(1, 'b')).pairs).toHaveLength(1)
    expect(build(rated(2, '{"a', { malformed: true }), rated(1, 'b'))).toMatchObject({
      pairs: [],
      malformed: 1,
    })
  })

  it('leaves a candidate without a rating out and counts it', () => {
    const failed = { ...rated(0, 'c'), rating: null, failure: 'timeout' }
    expect(build(rated(4, 'a'), failed)).toMatchObject({ pairs: [], ties: 0, failures: 1 })
  })
})

describe('counterfactuals', () => {
  it('add best over worst spoken and silence against the best spoken', () => {
    const { pairs } = build(rated(3, null), rated(3, null), rated(1, 'a', spoken), rated(2, 'b', spoken))
    expect(pairs.map((p) => [p.chosen, p.rejected, p.kind])).toEqual([
      ['b', 'a', 'spoken>spoken'],
      [NO_RECOMMENDATION, 'b', 'silence>spoken'],
    ])
  })

  it('let the best spoken reply win over silence', () => {
    const { pairs } = build(rated(1, 'a'), rated(1, 'a'), rated(4, 'b', spoken), rated(2, null, silence))
    expect(pairs).toMatchObject([{ chosen: 'b', rejected: NO_RECOMMENDATION, kind: 'spoken>silence' }])
  })

  it('do not give the same pair twice', () => {
    const { pairs, repeated } = build(rated(4, null), rated(2, 'a'), rated(1, 'b', spoken))
    expect(pairs).toHaveLength(1)
    expect(repeated).toBe(1)
  })
})

describe('a day', () => {
  it('tells each pair the minutes since the last delivery', () => {
    const { pairs } = buildDayPairs([at(0, null), at(1, 'a'), at(2, null), at(3, 'b')], config)
    expect(pairs.map((p) => p.sinceDelivery)).toEqual([null, null, 10, 20])
  })
})

describe('for any step', () => {
  const rest = fc.integer({ min: 1, max: 4 })

  it('chosen scores at least minMargin more than rejected and is well formed', () => {
    fc.assert(
      fc.property(record, rest, (r, minMargin) => {
        for (const pair of buildPairs(r, null, { minMargin }).pairs) {
          expect(pair.chosenScore - pair.rejectedScore).toBeGreaterThanOrEqual(minMargin)
          expect(pair.chosen).not.toBe(pair.rejected)
          const winners = r.candidates.filter(
            (c) => !c.malformed && (c.text ?? NO_RECOMMENDATION) === pair.chosen && c.rating,
          )
          expect(winners.map((c) => scoreOf(c.rating!))).toContain(pair.chosenScore)
        }
      }),
    )
  })

  it('every comparison gives a pair or is counted once', () => {
    fc.assert(
      fc.property(record, rest, (r, minMargin) => {
        const built = buildPairs(r, null, { minMargin })
        const ok = r.candidates.filter((c) => c.rating !== null)
        const sampled = ok.filter((c) => c.origin === 'sampled')
        const counterfactual = r.candidates.some((c) => c.origin !== 'sampled')
        const silent = ok.some((c) => c.origin !== 'spoken' && c.text === null)
        const said = ok.some((c) => c.origin !== 'silence' && c.text !== null && !c.malformed)
        const comparisons =
          Number(sampled.length > 1) +
          Number(ok.filter((c) => c.origin === 'spoken').length > 1) +
          Number(counterfactual && silent && said)
        const { pairs, ties, identical, malformed, repeated, failures } = built
        expect(pairs.length + ties + identical + malformed + repeated).toBe(comparisons)
        expect(failures).toBe(r.candidates.length - ok.length)
        expect(new Set(pairs.map((p) => JSON.stringify([p.prompt, p.chosen, p.rejected]))).size).toBe(
          pairs.length,
        )
      }),
    )
  })

  it('the order of candidates does not matter where no two score the same', () => {
    const scores = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 2 })
    const spokenFrom = fc.nat(4)
    fc.assert(
      fc.property(scores, spokenFrom, fc.integer(), (values, from, seed) => {
        const candidates = values.map((score, i) =>
          rated(score, i === 0 ? null : `say ${i}`, { origin: i === 0 || i < from ? 'sampled' : 'spoken' }),
        )
        const turned = candidates.map((_, i) => candidates[(i + Math.abs(seed)) % candidates.length]!)
        expect(pairsOf(turned)).toEqual(pairsOf(candidates))
        expect(pairsOf(candidates.toReversed())).toEqual(pairsOf(candidates))
      }),
    )
  })
})
