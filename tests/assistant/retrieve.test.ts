import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retrieve } from '../../assistant/memory/retrieve.js'
import { memoryConfig } from './helpers.js'

const weights = memoryConfig({ recency: 0.5, relevance: 3, importance: 2, decay: 0.5 })

test('scores are weighted sums of decay^rank, relevance and importance, each min-max normalised', () => {
  // From the oldest to the latest; worked out by hand:
  //   decay^rank   0.125  0.25  0.5   normalised  0    1/3  1
  //   relevance    0.2    1     0.6   normalised  0    1    0.5
  //   importance   1      0     0.5   normalised  1    0    0.5
  const features = [
    { relevance: 0.2, importance: 1 },
    { relevance: 1, importance: 0 },
    { relevance: 0.6, importance: 0.5 },
  ]
  const found = retrieve(features, 3, weights)
  expect(found.map(({ index }) => index)).toEqual([1, 2, 0])
  expect(found[0]).toMatchObject({ relevance: 1, importance: 0 })
  expect(found[0]!.recency).toBeCloseTo(1 / 3, 12)
  expect(found[0]!.score).toBeCloseTo(0.5 / 3 + 3, 12)
  expect(found[1]!.score).toBeCloseTo(0.5 + 1.5 + 1, 12)
  expect(found[2]!.score).toBeCloseTo(2, 12)
})

test('of equals the later one comes first', () => {
  const features = Array.from({ length: 4 }, () => ({ relevance: 1, importance: 1 }))
  const flat = memoryConfig({ recency: 0 })
  expect(retrieve(features, 2, flat).map(({ index }) => index)).toEqual([3, 2])
})

test('a part that is the same for all events decides nothing', () => {
  const features = [0.9, 0.1].map((relevance) => ({ relevance, importance: 0.7 }))
  const found = retrieve(features, 2, memoryConfig({ importance: 1000, recency: 0 }))
  expect(found.map(({ index }) => index)).toEqual([0, 1])
})

test('nothing stored, or none wanted: nothing found', () => {
  expect(retrieve([], 3, weights)).toEqual([])
  expect(retrieve([{ relevance: 1, importance: 1 }], 0, weights)).toEqual([])
})

test('the best k are those of sorting the whole store', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true })
  const store = fc.array(fc.record({ relevance: unit, importance: unit }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(store, fc.integer({ min: 1, max: 6 }), (features, k) => {
      const all = retrieve(features, features.length, weights)
      const sorted = all.toSorted((a, b) => b.score - a.score || b.index - a.index)
      expect(all.map(({ index }) => index)).toEqual(sorted.map(({ index }) => index))
      expect(retrieve(features, k, weights)).toEqual(sorted.slice(0, k))
      for (const { recency, relevance, importance } of all) {
        for (const part of [recency, relevance, importance]) {
          expect(part).toBeGreaterThanOrEqual(0)
          expect(part).toBeLessThanOrEqual(1)
        }
      }
    }),
  )
})
