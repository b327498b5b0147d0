import { expect, test } from 'vitest'
import type { DayEvent } from '../../../datasets/events/day-event.js'
import {
  type HourSpan,
  HourlySummaries,
  type Summarise,
  type Summary,
} from '../../../datasets/events/hourly-summaries.js'
import { type Rating, scoreOf } from '../../../datasets/schema.js'
import { event, scored } from '../../assistant/helpers.js'

const hours = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => event((from + i) * 60 + 10))

const summarise = (events: readonly DayEvent[], now: number) => new HourlySummaries().at(events, now)

const spans = async (events: readonly DayEvent[], now: number): Promise<string[]> =>
  (await summarise(events, now)).map(({ from, to }) => `${from}-${to}`)

test('each past hour has a summary, the running hour comes last', async () => {
  expect(await spans(hours(8, 11), 10 * 60 + 30)).toEqual(['8-9', '9-10', '10-11'])
})

test('four hourly summaries are replaced by one of four hours', async () => {
  expect(await spans(hours(8, 13), 12 * 60 + 30)).toEqual(['8-12', '12-13'])
  expect(await spans(hours(8, 18), 17 * 60 + 30)).toEqual(['8-12', '12-16', '16-17', '17-18'])
})

test('the running hour is never part of a longer summary', async () => {
  expect(await spans(hours(8, 12), 11 * 60 + 59)).toEqual(['8-9', '9-10', '10-11', '11-12'])
})

test('a day that has just begun has none', async () => {
  expect(await summarise([], 480)).toEqual([])
})

test('a summary tells the activities in order, what was said, and its mean score', async () => {
  const events = [
    event(480, { activity: 'reading' }),
    event(490, { activity: 'reading', text: 'Next: some soft jazz.', rating: scored(4) }),
    event(500, { activity: 'knitting', text: 'Next: some soft jazz.', rating: scored(1) }),
    event(510, { activity: 'reading', text: 'Next: some soft jazz.' }),
  ]
  expect(await summarise(events, 530)).toEqual([
    { from: 8, to: 9, text: '8-9 h: reading, knitting, reading; 3 said, mean score 2.5' },
  ])
  expect((await summarise(events.slice(0, 1), 530))[0]!.text).toBe('8-9 h: reading; nothing was said')
})

/** Keeps what it was asked to write. */
function recorded(fail: (span: string) => boolean = () => false) {
  const calls: { span: string; scores: (number | null)[]; parts: string[] }[] = []
  const write: Summarise = (span: HourSpan, events: readonly DayEvent[], parts: readonly Summary[]) => {
    const name = `${span.from}-${span.to}`
    const scoreOrNull = (rating: Rating | null): number | null => (rating ? scoreOf(rating) : null)
    calls.push({
      span: name,
      scores: events.map(({ rating }) => scoreOrNull(rating)),
      parts: parts.map(({ text }) => text),
    })
    return fail(name) ? Promise.reject(new Error('no')) : Promise.resolve(`summary of ${name}`)
  }
  return { calls, summaries: new HourlySummaries(write) }
}

test('every finished span is written once, whatever happens later, and the running hour by rule', async () => {
  const { calls, summaries } = recorded()
  const events = hours(8, 14)
  for (let now = 8 * 60; now < 14 * 60; now += 5) {
    await summaries.at(
      events.filter(({ moment }) => moment.minute < now),
      now,
    )
  }
  expect(calls.map(({ span }) => span)).toEqual(['8-9', '9-10', '10-11', '11-12', '8-12', '12-13'])
  expect(calls[4]!.parts).toEqual(
    ['8-9', '9-10', '10-11', '11-12'].map((span) => `${span} h: summary of ${span}`),
  )
  expect((await summaries.at(events, 13 * 60 + 30)).map(({ text }) => text)).toEqual([
    '8-12 h: summary of 8-12',
    '12-13 h: summary of 12-13',
    '13-14 h: reading; nothing was said',
  ])
})

test('a resumed day writes the same summaries, though late ratings are known by then', async () => {
  const rated = event(9 * 60 - 5, { text: 'Tea?' })
  const lived = recorded()
  await lived.summaries.at([rated], 9 * 60)
  Object.assign(rated, { rating: scored(2), ratedAt: 9 * 60 + 10 })
  const resumed = recorded()
  await resumed.summaries.at([rated], 9 * 60 + 20)
  expect(resumed.calls).toEqual(lived.calls)
})

test('a span whose writing failed is written anew at the next call', async () => {
  let down = true
  const { calls, summaries } = recorded(() => down)
  await expect(summaries.at(hours(8, 9), 9 * 60)).rejects.toThrow('no')
  down = false
  expect(await summaries.at(hours(8, 9), 9 * 60)).toHaveLength(1)
  expect(calls).toHaveLength(2)
})

test('a new day starts without the summaries of the day before', async () => {
  const { calls, summaries } = recorded()
  for (const day of [1, 2]) {
    const events = hours(8, 9).map((e) => ({ ...e, moment: { ...e.moment, day } }))
    await summaries.at(events, 9 * 60)
  }
  expect(calls).toHaveLength(2)
})
