import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WALKING } from '../../configs/home.js'
import { clockText, planDay } from '../../simulator/plan-day.js'
import { personas, world } from './helpers.js'

const { home } = world

const anyDay = fc.record({
  persona: fc.constantFrom(...personas),
  seed: fc.nat(1_000_000),
  day: fc.integer({ min: 1, max: 400 }),
})

test('a day runs from wake-up to sleep without gaps, in rooms and activities of the home', () => {
  fc.assert(
    fc.property(anyDay, ({ persona, seed, day }) => {
      const { wake, sleep, weekday, actions } = planDay(persona, home, seed, day)
      expect(weekday).toBe((day - 1) % 7)
      expect(sleep - wake).toBeGreaterThanOrEqual(8 * 60)
      expect(actions[0]!.start).toBe(wake)
      expect(actions.at(-1)!.end).toBe(sleep)
      actions.forEach(({ start, end, activity, action, room }, i) => {
        expect(end).toBeGreaterThan(start)
        if (i > 0) expect(start).toBe(actions[i - 1]!.end)
        expect(room).toBe(home.activities[activity]!.room)
        expect(action.startsWith(`${activity}: `)).toBe(true)
      })
    }),
    { numRuns: 200 },
  )
})

test('who changes the room walks there, a minute or two', () => {
  fc.assert(
    fc.property(anyDay, ({ persona, seed, day }) => {
      const { actions } = planDay(persona, home, seed, day)
      actions.forEach(({ activity, start, end }, i) => {
        if (activity !== WALKING) return
        expect(end - start).toBeLessThanOrEqual(2)
        expect(actions[i + 1]!.room).not.toBe(actions[i - 1]!.room)
      })
    }),
    { numRuns: 50 },
  )
  const { actions } = planDay(personas[0]!, home, 1, 1)
  expect(actions.filter(({ activity }) => activity === WALKING).length).toBeGreaterThan(5)
})

test('the same address gives the same day; other days, seeds and personas give other days', () => {
  const [one, other] = personas
  const day = planDay(one!, home, 1, 1)
  expect(planDay(one!, home, 1, 1)).toEqual(day)
  expect(planDay(one!, home, 1, 2).actions).not.toEqual(day.actions)
  expect(planDay(one!, home, 2, 1).actions).not.toEqual(day.actions)
  expect(planDay(other!, home, 1, 1).actions).not.toEqual(day.actions)
})

test('weekends follow the routine of the weekend', () => {
  for (const persona of personas) {
    const calm = { ...persona, routine: { ...persona.routine, jitterMinutes: 0 } }
    expect(planDay(calm, home, 1, 5).wake).toBe(persona.routine.wake.weekday)
    expect(planDay(calm, home, 1, 6).wake).toBe(persona.routine.wake.weekend)
  }
})

test('clocks go on after midnight', () => {
  expect(clockText(7 * 60 + 5)).toBe('07:05')
  expect(clockText(25 * 60 + 30)).toBe('25:30')
})
