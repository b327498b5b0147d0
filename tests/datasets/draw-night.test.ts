import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReplayConfig } from '../../configs/schema.js'
import { drawNight } from '../../datasets/replay/draw-night.js'
import { stratumOf } from '../../datasets/replay/stratified.js'
import { PAIR_KINDS, type PairKind, type PreferencePair } from '../../datasets/schema.js'

const replay = (more: Partial<ReplayConfig> = {}): ReplayConfig => ({
  strategy: 'uniform',
  count: 200,
  evenness: 1,
  recentDays: 2,
  recentShare: 0.5,
  ...more,
})

const make = (day: number, step: number, kind: PairKind, sinceDelivery: number | null): PreferencePair => ({
  system: null,
  prompt: `day ${day} step ${step}`,
  chosen: 'a',
  rejected: 'b',
  kind,
  chosenScore: 2,
  rejectedScore: 1,
  persona: 'p',
  day,
  step,
  sinceDelivery,
})

const days = fc
  .array(fc.array(fc.tuple(fc.constantFrom(...PAIR_KINDS), fc.option(fc.nat(200))), { maxLength: 40 }), {
    maxLength: 6,
  })
  .map((list) => list.map((day, d) => day.map(([kind, since], step) => make(d + 1, step, kind, since))))

const strategy = fc.constantFrom('uniform' as const, 'stratified' as const)

/** 4 days x 3 kinds x 4 strata x 30 pairs. */
const rich = [1, 2, 3, 4].map((day) =>
  PAIR_KINDS.flatMap((kind, k) =>
    [5, 20, 60, null].flatMap((since, s) =>
      Array.from({ length: 30 }, (_, i) => make(day, 1000 * k + 100 * s + i, kind, since)),
    ),
  ),
)

const countBy = (pairs: PreferencePair[], key: (pair: PreferencePair) => string | number) =>
  pairs.reduce((map, p) => map.set(key(p), (map.get(key(p)) ?? 0) + 1), new Map<string | number, number>())

describe('any night', () => {
  it('has `count` different pairs of the days so far, or all there are', () => {
    fc.assert(
      fc.property(
        days,
        strategy,
        fc.integer({ min: 1, max: 150 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (d, s, count, share) => {
          const today = Math.max(1, d.length - 1)
          const night = drawNight(d, today, replay({ strategy: s, count, recentShare: share }), [
            1,
            'p',
            today,
          ])
          const soFar = d.slice(0, today).flat()
          expect(night).toHaveLength(Math.min(count, soFar.length))
          expect(new Set(night).size).toBe(night.length)
          expect(night.every((pair) => pair.day <= today)).toBe(true)
        },
      ),
    )
  })

  it('is the same for the same address and another for another', () => {
    for (const s of ['uniform', 'today-plus-earlier', 'stratified'] as const) {
      const night = (...address: number[]) => drawNight(rich, 4, replay({ strategy: s }), address)
      expect(night(1, 2)).toEqual(night(1, 2))
      expect(night(1, 2)).not.toEqual(night(1, 3))
    }
  })
})

describe('uniform', () => {
  it('draws every pair about equally often', () => {
    const few = [
      [make(1, 0, 'spoken>silence', 1), make(1, 1, 'spoken>silence', 1)],
      [make(2, 0, 'spoken>silence', 1)],
    ]
    const nights = Array.from({ length: 3000 }, (_, i) => drawNight(few, 2, replay({ count: 1 }), [i])[0]!)
    for (const n of countBy(nights, (p) => p.prompt).values()) expect(Math.abs(n - 1000)).toBeLessThan(120)
  })
})

describe('today-plus-earlier', () => {
  it('has all of today and as many of earlier days', () => {
    const night = drawNight(rich, 3, replay({ strategy: 'today-plus-earlier' }), [1])
    expect(night.filter((p) => p.day === 3)).toHaveLength(360)
    expect(night.filter((p) => p.day < 3)).toHaveLength(360)
    expect(night.slice(0, 360).some((p) => p.day < 3)).toBe(true)
  })
})

describe('stratified', () => {
  const stratified = replay({ strategy: 'stratified' })

  it('takes equal shares of the strata and the recent share of the last days', () => {
    const night = drawNight(rich, 4, stratified, [1])
    const shares = countBy(night, stratumOf)
    expect(shares.size).toBe(12)
    for (const n of shares.values()) expect([16, 17]).toContain(n)
    expect(night.filter((p) => p.day > 2)).toHaveLength(100)
    const older = drawNight(rich, 4, { ...stratified, recentShare: 0.3 }, [1])
    expect(older.filter((p) => p.day > 2)).toHaveLength(60)
  })

  it('makes up for a poor stratum from the others', () => {
    const poor = [rich[0]!.filter((p) => p.kind !== 'spoken>silence' || p.step % 100 === 0)]
    const night = drawNight(poor, 1, stratified, [1])
    expect(night).toHaveLength(200)
    const shares = countBy(night, (p) => p.kind)
    expect(shares.get('spoken>silence')).toBe(4)
    expect(shares.get('spoken>spoken')).toBeGreaterThanOrEqual(96)
    expect(shares.get('silence>spoken')).toBeGreaterThanOrEqual(96)
  })

  it('cuts time since the last delivery at 10, 45 and 90 minutes; the first of a day is as long silence', () => {
    const name = (since: number | null) => stratumOf(make(1, 1, 'spoken>spoken', since))
    expect(new Set([0, 9.5].map(name)).size).toBe(1)
    expect(new Set([9.5, 10, 45, 90].map(name)).size).toBe(4)
    expect(name(null)).toBe(name(90))
  })
})

it('evenness lies between the shares that strata have and equal ones', () => {
  const day = [
    ...Array.from({ length: 900 }, (_, step) => make(1, step, 'silence>spoken', 5)),
    ...Array.from({ length: 100 }, (_, i) => make(1, 900 + i, 'spoken>silence', 5)),
  ]
  const rare = (evenness: number): number =>
    drawNight([day], 1, replay({ strategy: 'stratified', count: 200, evenness }), ['even']).filter(
      ({ kind }) => kind === 'spoken>silence',
    ).length
  expect(rare(0)).toBe(20)
  // 100^0.5 / (100^0.5 + 900^0.5) of 200
  expect(rare(0.5)).toBe(50)
  expect(rare(1)).toBe(100)
})
