import { expect, test } from 'vitest'
import { personaIds, loadPersonas } from '../../configs/load-personas.js'
import { loadWorld } from '../../configs/load-world.js'
import type { Wants } from '../../configs/persona.js'

const world = loadWorld()
const personas = loadPersonas('all', world)

test('32 personas load, named after their files', () => {
  expect(personas).toHaveLength(32)
  expect(personas.map(({ id }) => id)).toEqual(personaIds())
})

test('every combination of the Big Five is lived by exactly one persona', () => {
  const combinations = personas.map(({ bigFive }) => Object.values(bigFive).join(' '))
  expect(new Set(combinations).size).toBe(32)
})

test('names are unique', () => {
  expect(new Set(personas.map(({ name }) => name)).size).toBe(32)
})

/** Recommendations that a day of the windows or the pace has room for. */
function mostWished({ frequency, timing }: Wants): number {
  if (frequency.by === 'windows') return frequency.windows.reduce((sum, { count }) => sum + count, 0)
  const minutes = timing.windows.weekday.reduce((sum, { from, to }) => sum + to - from, 0)
  return Math.min(frequency.mostPerDay, minutes / frequency.everyMinutes)
}

test('wished rates span from twice a day to about once an hour', () => {
  const wished = personas.map(({ wants }) => mostWished(wants))
  expect(Math.min(...wished)).toBe(2)
  expect(Math.max(...wished)).toBeGreaterThan(7)
  const pace = personas.flatMap(({ wants: { frequency } }) =>
    frequency.by === 'pace' ? [frequency.everyMinutes] : [],
  )
  expect(Math.min(...pace)).toBeLessThanOrEqual(60)
  expect(pace.length, 'some by pace').toBeGreaterThan(4)
  expect(pace.length, 'some by windows').toBeLessThan(28)
})

test.each(personas.map((persona) => [persona.id, persona] as const))(
  '%s has windows of at least two hours a day, and wishes that fit into them',
  (_, { wants, routine }) => {
    for (const kind of ['weekday', 'weekend'] as const) {
      const spans = wants.timing.windows[kind]
      const minutes = spans.reduce((sum, { from, to }) => sum + to - from, 0)
      expect(minutes).toBeGreaterThanOrEqual(120)
      for (const { from, to } of spans) {
        expect(from).toBeLessThan(routine.sleep[kind])
        expect(to).toBeGreaterThan(routine.wake[kind])
      }
      const sorted = spans.toSorted((a, b) => a.from - b.from)
      sorted.slice(1).forEach(({ from }, i) => expect(from).toBeGreaterThanOrEqual(sorted[i]!.to))
    }
    const { frequency } = wants
    expect(frequency.mostPerDay).toBeGreaterThanOrEqual(Math.floor(mostWished(wants)))
    if (frequency.by === 'windows') {
      for (const { span, count } of frequency.windows) {
        expect(span.to - span.from).toBeGreaterThanOrEqual((count - 1) * frequency.leastGapMinutes)
      }
      const sorted = frequency.windows.map(({ span }) => span).toSorted((a, b) => a.from - b.from)
      sorted.slice(1).forEach(({ from }, i) => expect(from).toBeGreaterThanOrEqual(sorted[i]!.to))
    } else expect(frequency.everyMinutes).toBeGreaterThanOrEqual(frequency.leastGapMinutes)
  },
)

test.each(personas.map((persona) => [persona.id, persona] as const))(
  '%s likes nothing that it does not want',
  (_, { wants: { preference, communication } }) => {
    for (const { kind } of preference.likes) {
      const topic = kind.split(':')[0]!
      expect(preference.unwelcome).not.toContain(kind)
      expect(preference.unwelcome).not.toContain(topic)
      const limit = world.catalogue.topics[topic]!.limit
      if (limit) expect(communication.limits, kind).not.toContain(limit)
    }
    for (const tone of communication.tones) {
      const forms = world.catalogue.tones[tone].filter(
        ({ marks }) => !marks.some((mark) => communication.dislikes.includes(mark)),
      )
      expect(forms, `a form of ${tone}`).not.toEqual([])
    }
  },
)

test('no two personas want the same', () => {
  expect(new Set(personas.map(({ wants }) => JSON.stringify(wants))).size).toBe(32)
  expect(new Set(personas.map(({ wants }) => JSON.stringify(wants.preference.likes))).size).toBe(32)
})
