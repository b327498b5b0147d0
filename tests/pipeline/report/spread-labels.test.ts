import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { spreadLabels } from '../../../pipeline/report/charts/spread-labels.js'

it('labels that fit never overlap, keep their order and stay in the chart', () => {
  const places = fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(places, (wanted) => {
      const spread = spreadLabels(wanted, 14, 200)
      const sorted = spread.toSorted((a, b) => a - b)
      sorted.forEach((y, i) => i > 0 && expect(y - sorted[i - 1]!).toBeGreaterThanOrEqual(14 - 1e-9))
      expect(sorted[0]).toBeGreaterThanOrEqual(-1e-9)
      expect(sorted.at(-1)).toBeLessThanOrEqual(200 + 1e-9)
      wanted.forEach((a, i) => wanted.forEach((b, k) => a < b && expect(spread[i]!).toBeLessThan(spread[k]!)))
    }),
  )
})

it('labels that do not collide stay where they are', () => {
  expect(spreadLabels([100, 20, 60], 14, 200)).toEqual([100, 20, 60])
})
