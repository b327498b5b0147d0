import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agoName, sinceName } from '../../assistant/prompt/buckets.js'
import { type CompactSituation, MOST_LINES, compactPrompt } from '../../assistant/prompt/compact.js'
import { catalogueSentences } from '../../configs/catalogue.js'
import { CRITERIA } from '../../datasets/schema.js'
import { vocabulary } from '../../scripts/nano/vocabulary.js'
import { event, momentAt, ratedWithout, world } from './helpers.js'

const sentences = catalogueSentences(world.catalogue)

const situation = (content: CompactSituation['content']): CompactSituation => ({
  moment: momentAt(9 * 60 + 40, { activity: 'making coffee', room: 'kitchen' }),
  deliveries: { sinceDelivery: 47, lastHour: 1, today: 3 },
  events: [
    event(7 * 60 + 30, {
      activity: 'eating lunch',
      text: 'You deserve some soft jazz, my friend.',
      rating: ratedWithout('timing'),
    }),
  ],
  content,
})

const now = 'monday morning 09h 30m kitchen : making coffee . last 45min h1 t3'

describe('memory lines show what their content says, and nothing more', () => {
  test.each([
    ['none', `${now} =>`],
    ['A', `${now} ; eating lunch 2hours =>`],
    ['AS', `${now} ; eating lunch 2hours music jazz warm =>`],
    ['ASC', `${now} ; eating lunch 2hours music jazz warm s3 =>`],
    ['ASCR', `${now} ; eating lunch 2hours music jazz warm s3 not timing =>`],
  ] as const)('%s', (content, prompt) => {
    expect(compactPrompt(situation(content), sentences)).toBe(prompt)
  })
})

test('a rating that has not arrived yet is not shown', () => {
  const { events, ...rest } = situation('ASCR')
  const unrated = events.map((each) => ({ ...each, rating: null }))
  const prompt = compactPrompt({ ...rest, events: unrated }, sentences)
  expect(prompt).toBe(`${now} ; eating lunch 2hours music jazz warm =>`)
})

test('events of other days are said to be so, however late they were', () => {
  const { moment, ...rest } = situation('AS')
  const lines = (day: number): string => compactPrompt({ ...rest, moment: { ...moment, day } }, sentences)
  expect(lines(2)).toContain('; eating lunch yesterday music jazz warm =>')
  expect(lines(5)).toContain('; eating lunch days music jazz warm =>')
})

test('silence is shown as such, words from outside of the catalogue as something', () => {
  const { events, ...rest } = situation('AS')
  const texts = [null, 'Some words of my own.']
  const shown = texts.map((text) => ({ ...events[0]!, text, rating: null }))
  expect(compactPrompt({ ...rest, events: shown }, sentences)).toBe(
    `${now} ; eating lunch 2hours silence ; eating lunch 2hours something =>`,
  )
})

test('no fault is fine', () => {
  const { events, ...rest } = situation('ASCR')
  const shown = events.map((each) => ({ ...each, rating: ratedWithout() }))
  expect(compactPrompt({ ...rest, events: shown }, sentences)).toContain('s4 fine =>')
})

test('every prompt is written in words of the nano vocabulary', () => {
  const words = new Set(vocabulary(world.home, world.catalogue))
  const minute = fc.double({ min: 4 * 60, max: 29 * 60, noNaN: true })
  const activities = Object.keys(world.home.activities)
  const day = fc.integer({ min: 1, max: 20 })
  const moment = fc
    .record({
      day,
      minute,
      weekday: fc.integer({ min: 0, max: 6 }),
      activity: fc.constantFrom(...activities),
    })
    .map(({ day: on, minute: at, weekday, activity }) =>
      momentAt(at, { day: on, weekday, activity, room: world.home.activities[activity]!.room }),
    )
  const since = fc.option(fc.double({ min: 0, max: 1500, noNaN: true }))
  const rating = fc.subarray([...CRITERIA]).map((faults) => ratedWithout(...faults))
  const anyEvent = fc.record({
    moment,
    text: fc.option(fc.oneof(fc.constantFrom(...sentences.keys()), fc.string())),
    rating: fc.option(rating),
  })
  const situations = fc.record({
    moment,
    deliveries: fc.record({ sinceDelivery: since, lastHour: fc.nat(30), today: fc.nat(500) }),
    events: fc.array(anyEvent, { maxLength: 6 }),
    content: fc.constantFrom('none', 'A', 'AS', 'ASC', 'ASCR'),
  })
  fc.assert(
    fc.property(situations, (each) => {
      const prompt = compactPrompt(each, sentences)
      for (const word of prompt.split(' ')) expect(words).toContain(word)
      expect(prompt.split(' ; ').length - 1).toBeLessThanOrEqual(MOST_LINES)
    }),
    { numRuns: 300 },
  )
})

test('times since the last delivery are named after the lower end of their stretch', () => {
  expect([0, 4.9, 5, 29, 30, 119, 120, 1000].map(sinceName)).toEqual([
    'now',
    'now',
    '5min',
    '20min',
    '30min',
    '90min',
    '2hours',
    '6hours',
  ])
  expect(sinceName(null)).toBe('never')
})

test('what happened before today is named by the day', () => {
  expect(agoName(0, 47)).toBe('45min')
  expect(agoName(1, -300)).toBe('yesterday')
  expect(agoName(2, 0)).toBe('days')
})
