import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  agreementOf,
  type Counts,
  kappaOf,
  meanDifferenceOf,
  pearsonOf,
  spearmanOf,
  sumOfCounts,
} from '../../../../pipeline/report/agreement/statistics.js'

const counts = (values: number) =>
  fc.array(fc.array(fc.nat(20), { minLength: values, maxLength: values }), {
    minLength: values,
    maxLength: values,
  })
const transposed = (table: Counts): number[][] => table.map((_, i) => table.map((row) => row[i]!))
const both = (values: number): number[][] =>
  Array.from({ length: values }, (_, i) => Array.from({ length: values }, (_, j) => (i === j ? 3 : 0)))

describe('Cohen’s kappa', () => {
  it('is that of worked examples', () => {
    // 0.7 equal, 0.5 by chance
    expect(
      kappaOf([
        [20, 5],
        [10, 15],
      ]),
    ).toBeCloseTo(0.4, 12)
    // same agreement, other margins: Cohen's paradox, by hand 0.6 equal against 0.54 and 0.46 by chance
    expect(
      kappaOf([
        [45, 15],
        [25, 15],
      ]),
    ).toBeCloseTo(0.1304, 4)
    expect(
      kappaOf([
        [25, 35],
        [5, 35],
      ]),
    ).toBeCloseTo(0.2593, 4)
  })

  it('is 1 for full agreement, 0 at chance, below 0 for contradiction', () => {
    expect(kappaOf(both(2))).toBe(1)
    expect(
      kappaOf([
        [4, 4],
        [4, 4],
      ]),
    ).toBe(0)
    expect(
      kappaOf([
        [0, 5],
        [5, 0],
      ]),
    ).toBe(-1)
  })

  it('is undefined where a rater always says the same, and without a case', () => {
    expect(
      kappaOf([
        [0, 0],
        [3, 7],
      ]),
    ).toBeNull()
    expect(
      kappaOf([
        [0, 4],
        [0, 6],
      ]),
    ).toBeNull()
    expect(
      kappaOf([
        [0, 0],
        [0, 9],
      ]),
    ).toBeNull()
    expect(
      kappaOf([
        [0, 0],
        [0, 0],
      ]),
    ).toBeNull()
    expect(
      agreementOf([
        [0, 0],
        [0, 0],
      ]),
    ).toBeNull()
    expect(
      agreementOf([
        [0, 0],
        [3, 7],
      ]),
    ).toBe(0.7)
  })
})

describe('correlation of scores', () => {
  it('is that of the values themselves', () => {
    // a = 0 1 2 2 1, b = 1 1 2 1 0
    const table = [
      [0, 1, 0],
      [1, 1, 0],
      [0, 1, 1],
    ]
    expect(pearsonOf(table)).toBeCloseTo(0.4226, 4)
    // ranks of a: 1 2.5 4.5 4.5 2.5, of b: 3 3 5 3 1
    expect(spearmanOf(table)).toBeCloseTo(0.4714, 4)
    expect(meanDifferenceOf(table)).toBeCloseTo(-0.2, 12)
  })

  it('is undefined where one of them does not vary', () => {
    expect(
      pearsonOf([
        [2, 3],
        [0, 0],
      ]),
    ).toBeNull()
    expect(
      spearmanOf([
        [2, 0],
        [3, 0],
      ]),
    ).toBeNull()
    expect(
      meanDifferenceOf([
        [0, 0],
        [0, 0],
      ]),
    ).toBeNull()
  })
})

it('no figure depends on who is named first, but for the sign of the difference', () => {
  fc.assert(
    fc.property(counts(5), (table) => {
      const turned = transposed(table)
      for (const of of [kappaOf, agreementOf, pearsonOf, spearmanOf]) {
        const [one, other] = [of(table), of(turned)]
        expect(one === null).toBe(other === null)
        if (one !== null) {
          expect(one).toBeCloseTo(other!, 9)
          expect(Math.abs(one)).toBeLessThanOrEqual(1 + 1e-9)
        }
      }
      expect(meanDifferenceOf(table) ?? 0).toBeCloseTo(-(meanDifferenceOf(turned) ?? 0), 9)
    }),
  )
})

it('persons that are counted apart give the same as all of them together', () => {
  expect(
    sumOfCounts([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    ]),
  ).toEqual([
    [2, 2],
    [3, 5],
  ])
})
