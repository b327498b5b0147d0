import { expect, test } from 'vitest'
import { summarise } from '../../assistant/memory/summaries.js'
import { event, scored } from './helpers.js'

const hours = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => event((from + i) * 60 + 10))

const spans = (events: ReturnType<typeof hours>, now: number): string[] =>
  summarise(events, now).map(({ from, to }) => `${from}-${to}`)

test('each past hour has a summary, the running hour comes last', () => {
  expect(spans(hours(8, 11), 10 * 60 + 30)).toEqual(['8-9', '9-10', '10-11'])
})

test('four hourly summaries are replaced by one of four hours', () => {
  expect(spans(hours(8, 13), 12 * 60 + 30)).toEqual(['8-12', '12-13'])
  expect(spans(hours(8, 18), 17 * 60 + 30)).toEqual(['8-12', '12-16', '16-17', '17-18'])
})

test('the running hour is never part of a longer summary', () => {
  expect(spans(hours(8, 12), 11 * 60 + 59)).toEqual(['8-9', '9-10', '10-11', '11-12'])
})

test('a day that has just begun has none', () => {
  expect(summarise([], 480)).toEqual([])
})

test('a summary tells the activities in order, what was said, and its mean score', () => {
  const events = [
    event(480, { activity: 'reading' }),
    event(490, { activity: 'reading', text: 'Next: some soft jazz.', rating: scored(4) }),
    event(500, { activity: 'knitting', text: 'Next: some soft jazz.', rating: scored(1) }),
    event(510, { activity: 'reading', text: 'Next: some soft jazz.' }),
  ]
  expect(summarise(events, 530)).toEqual([
    { from: 8, to: 9, text: '8-9 h: reading, knitting, reading; 3 said, mean score 2.5' },
  ])
  expect(summarise(events.slice(0, 1), 530)[0]!.text).toBe('8-9 h: reading; nothing was said')
})
