import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wishedSlots } from '../../simulator/slots.js'
import { userOf } from '../../scripts/user/live-days.js'
import { mean, personas, world } from './helpers.js'

const minutes = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

describe('a pace', () => {
  const pace = { by: 'pace', everyMinutes: 60, leastGapMinutes: 20, mostPerDay: 9 } as const

  test('gives one slot for each stretch of receptive time, overdue after its half', () => {
    expect(wishedSlots(pace, minutes(480, 600))).toEqual([
      { start: 480, end: 540, overdueFrom: 510 },
      { start: 540, end: 600, overdueFrom: 570 },
    ])
  })

  test('counts receptive time only: a slot may span a pause', () => {
    expect(wishedSlots(pace, [...minutes(480, 510), ...minutes(700, 730)])).toEqual([
      { start: 480, end: 730, overdueFrom: 700 },
    ])
  })

  test('a remainder of at least half a stretch is a slot, a shorter one is none', () => {
    expect(wishedSlots(pace, minutes(480, 570))).toHaveLength(2)
    expect(wishedSlots(pace, minutes(480, 569))).toHaveLength(1)
  })

  test('never gives more than the most a day', () => {
    expect(wishedSlots({ ...pace, mostPerDay: 2 }, minutes(480, 1200))).toHaveLength(2)
  })
})

describe('windows', () => {
  const twice = {
    by: 'windows',
    windows: [{ span: { from: 480, to: 600 }, count: 2 }],
    leastGapMinutes: 20,
    mostPerDay: 3,
  } as const

  test('cut their receptive time into as many parts as are wished', () => {
    const slots = wishedSlots({ ...twice, windows: [...twice.windows] }, minutes(400, 700))
    expect(slots.map(({ start, end }) => [start, end])).toEqual([
      [480, 540],
      [540, 600],
    ])
  })

  test('with hardly any receptive time yield no slot', () => {
    expect(wishedSlots({ ...twice, windows: [...twice.windows] }, minutes(585, 700))).toEqual([])
  })
})

test('slots follow each other, begin and end in receptive time, whoever lives whatever day', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...personas),
      fc.nat(1000),
      fc.integer({ min: 1, max: 60 }),
      async (persona, seed, day) => {
        const user = userOf(persona, world, seed)
        const { slots, moments, wake, sleep } = await user.planDay(day)
        slots!.forEach(({ start, end, overdueFrom }, i) => {
          if (i > 0) expect(start).toBeGreaterThanOrEqual(slots![i - 1]!.end)
          expect(start).toBeGreaterThanOrEqual(wake)
          expect(end).toBeLessThanOrEqual(sleep)
          expect(overdueFrom).toBeGreaterThanOrEqual(start)
          expect(overdueFrom).toBeLessThan(end)
          for (const minute of [start, end - 1, overdueFrom]) {
            expect(user.truth({ ...moments[0]!, minute }).receptive).toBe(true)
          }
        })
      },
    ),
    { numRuns: 60 },
  )
})

test('a day has as many slots as the persona wishes, short of what its receptive time holds', async () => {
  for (const persona of personas) {
    const { frequency } = persona.wants
    const user = userOf(persona, world)
    const perDay: number[] = []
    for (let day = 1; day <= 7; day++) {
      const { slots, wake, sleep, moments } = await user.planDay(day)
      perDay.push(slots!.length)
      let receptive = 0
      for (let minute = wake; minute < sleep; minute++) {
        if (user.truth({ ...moments[0]!, minute }).receptive) receptive++
      }
      const most =
        frequency.by === 'pace'
          ? Math.min(frequency.mostPerDay, Math.round(receptive / frequency.everyMinutes))
          : frequency.windows.reduce((sum, { count }) => sum + count, 0)
      if (frequency.by === 'pace') expect(slots!.length, persona.id).toBe(most)
      else expect(slots!.length, persona.id).toBeLessThanOrEqual(most)
    }
    const wished =
      frequency.by === 'pace'
        ? frequency.mostPerDay
        : frequency.windows.reduce((sum, { count }) => sum + count, 0)
    expect(mean(perDay), persona.id).toBeGreaterThan(0.5 * wished)
    expect(mean(perDay), persona.id).toBeLessThanOrEqual(wished)
  }
})
