import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayMetrics } from '../../datasets/metrics/day-metrics.js'
import { servedSlot } from '../../datasets/metrics/served-slot.js'
import type { RatedRecord } from '../../datasets/schema.js'
import { rated, record, step } from './arbitrary.js'

const inSlot = (slot: number, ...candidates: RatedRecord['candidates']) =>
  step(candidates, { truth: { receptive: true, slot, served: false, overdue: false } })

const wish = { wishedPerHour: 0.5, wishedSlots: 4 }

describe('the figures of a day', () => {
  /** Slot 0 served twice, slot 1 missed by a poor delivery, a good delivery outside of all slots, two silent steps. */
  const day = [
    inSlot(0, rated(0, 'x'), rated(4, 'a')),
    inSlot(0, rated(0, 'x'), rated(3, 'b')),
    inSlot(1, rated(4, 'x'), rated(1, 'c')),
    inSlot(-1, rated(0, null), rated(3, 'd')),
    inSlot(2, rated(4, 'x'), rated(2, null)),
    inSlot(3, rated(0, '{"', { malformed: true }), rated(4, null)),
  ]

  it('are those of what was delivered, not of the other candidates', () => {
    expect(dayMetrics(day, wish, 600)).toEqual({
      mean: 17 / 6,
      delivered: 11 / 4,
      silent: 3,
      criteria: { preference: 1, timing: 5 / 6, frequency: 4 / 6, communication: 2 / 6 },
      deliveredCriteria: { preference: 1, timing: 3 / 4, frequency: 3 / 4, communication: 1 / 4 },
      atLeast3: 4 / 6,
      perHour: 4,
      wishedPerHour: 0.5,
      precision: 3 / 4,
      recall: 1 / 4,
      f1: (2 * 0.75 * 0.25) / (0.75 + 0.25),
      malformed: 1 / 12,
      failures: 0,
      steps: 6,
      deliveries: 4,
      tokens: 84,
    })
  })

  it('of a silent day: no precision, no recall, F1 of 0 however high the mean', () => {
    const silent = [inSlot(0, rated(4, null)), inSlot(1, rated(4, null))]
    expect(dayMetrics(silent, wish, 150)).toMatchObject({
      mean: 4,
      delivered: null,
      precision: null,
      recall: 0,
      f1: 0,
      perHour: 0,
    })
  })

  it('of a user who cannot tell slots: no recall and no F1', () => {
    const unknown = dayMetrics([step([rated(4, 'a')])], { wishedPerHour: null, wishedSlots: null }, 150)
    expect(unknown).toMatchObject({ precision: 1, recall: null, f1: null, wishedPerHour: null })
  })

  it('leave a failed rating out instead of taking it for 0', () => {
    const failed = step([{ ...rated(0, 'a'), rating: null, failure: 'timeout' }])
    expect(dayMetrics([failed, step([rated(4, 'b')])], wish, 150)).toMatchObject({
      mean: 4,
      delivered: 4,
      precision: 1,
      failures: 1,
      deliveries: 2,
      perHour: 24,
    })
  })

  it('leave counterfactuals out of the share of malformed replies', () => {
    const spoken = rated(0, '{', { malformed: true, origin: 'spoken' })
    expect(dayMetrics([step([spoken, rated(4, 'b')])], wish, 150).malformed).toBe(0)
  })

  it('of no steps are undefined', () => {
    const none = dayMetrics([], wish, 150)
    expect(none).toMatchObject({
      mean: null,
      perHour: null,
      malformed: null,
      precision: null,
      steps: 0,
      tokens: 0,
    })
  })

  it('stay within their ranges, whatever the day', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), (records) => {
        const slots = new Set(records.map((r) => r.truth?.slot ?? -1)).size
        const m = dayMetrics(records, { wishedPerHour: 1, wishedSlots: slots }, 150)
        for (const share of [
          m.atLeast3,
          m.precision,
          m.recall,
          m.f1,
          m.malformed,
          ...Object.values(m.criteria),
        ]) {
          if (share !== null) expect(share >= 0 && share <= 1).toBe(true)
        }
        for (const score of [m.mean, m.delivered, m.silent])
          if (score !== null) expect(score >= 0 && score <= 4).toBe(true)
      }),
    )
  })
})

describe('a served slot', () => {
  it('needs a delivery of score 3 or more inside it', () => {
    expect(servedSlot(inSlot(2, rated(3, 'a')))).toBe(2)
    expect(servedSlot(inSlot(2, rated(2, 'a')))).toBeNull()
    expect(servedSlot(inSlot(2, rated(4, null)))).toBeNull()
    expect(servedSlot(inSlot(-1, rated(4, 'a')))).toBeNull()
    expect(servedSlot(step([rated(4, 'a')]))).toBeNull()
  })
})
