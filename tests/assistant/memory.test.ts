import { describe, expect, test } from 'vitest'
import { Memory } from '../../assistant/memory/memory.js'
import { importanceOf } from '../../assistant/memory/importance.js'
import { event, memoryConfig, momentAt, ratedWithout, scored } from './helpers.js'

const jazz = 'Next: some soft jazz.'

test('the latest events of today are recalled, oldest first; yesterday’s are not among them', async () => {
  const memory = new Memory(memoryConfig({ latest: 2, retrieved: 0 }))
  memory.startDay()
  memory.add(event(600, { text: jazz }))
  memory.startDay()
  expect((await memory.recall(momentAt(480))).latest).toEqual([])
  for (const minute of [481, 484, 487]) memory.add(event(minute))
  expect((await memory.recall(momentAt(490))).latest.map(({ moment }) => moment.minute)).toEqual([484, 487])
})

test('the last thing said today is recalled, however many silences came after it', async () => {
  const memory = new Memory(memoryConfig({ latest: 1, retrieved: 0 }))
  memory.add(event(600, { text: jazz }))
  for (const minute of [605, 610, 615]) memory.add(event(minute))
  expect((await memory.recall(momentAt(620))).lastSaid?.moment.minute).toBe(600)
  memory.startDay()
  expect((await memory.recall(momentAt(480))).lastSaid).toBeNull()
})

test('retrieval reaches back across days', async () => {
  const memory = new Memory(memoryConfig({ latest: 0, retrieved: 3 }))
  memory.add(event(600, { text: jazz, rating: scored(4) }))
  memory.startDay()
  const { retrieved } = await memory.recall(momentAt(480))
  expect(retrieved.map((found) => found.event.text)).toEqual([jazz])
})

test('what happened at the same activity comes before what happened elsewhere', async () => {
  const memory = new Memory(memoryConfig({ latest: 0, retrieved: 2, recency: 0 }))
  for (const [minute, activity] of [
    [600, 'reading'],
    [610, 'exercising'],
    [620, 'reading'],
  ] as const) {
    memory.add(event(minute, { activity, text: jazz, rating: scored(4) }))
  }
  const found = (await memory.recall(momentAt(700, { activity: 'reading' }))).retrieved
  expect(found.map((each) => each.event.moment.activity)).toEqual(['reading', 'reading'])
})

test('silence that was accepted is not retrieved; silence that was held against the assistant is', async () => {
  const memory = new Memory(memoryConfig({ latest: 0, retrieved: 5 }))
  memory.add(event(600, { rating: scored(4) }))
  memory.add(event(610, { rating: ratedWithout('timing', 'frequency') }))
  memory.add(event(620))
  const found = (await memory.recall(momentAt(700))).retrieved
  expect(found.map((each) => each.event.moment.minute)).toEqual([610])
})

test('a rating that comes later reaches its event; one without an event is let go', async () => {
  const memory = new Memory(memoryConfig({ latest: 1, retrieved: 0 }))
  const said = event(600, { text: jazz })
  memory.add(said)
  memory.rate(said.moment, scored(3))
  memory.rate(momentAt(999), scored(0))
  expect((await memory.recall(momentAt(610))).latest[0]!.rating).toEqual(scored(3))
})

test('without memory nothing is recalled', async () => {
  const memory = new Memory(memoryConfig({ content: 'none' }))
  memory.add(event(600, { text: jazz, rating: scored(4) }))
  expect(await memory.recall(momentAt(610))).toEqual({ latest: [], lastSaid: null, retrieved: [] })
})

describe('importance', () => {
  test('lies between 0 and 1, and of two ratings the better one is more worth repeating', () => {
    const spoken = [0, 1, 2, 3, 4].map((score) =>
      importanceOf(event(600, { text: jazz, rating: scored(score) })),
    )
    expect(spoken.every((value) => value >= 0 && value <= 1)).toBe(true)
    expect(spoken).toEqual(spoken.toSorted((a, b) => a - b))
    expect(spoken[4]).toBeGreaterThan(spoken[0]!)
  })

  test('an accepted silence has none, one that was held against the assistant has some', () => {
    expect(importanceOf(event(600, { rating: scored(4) }))).toBe(0)
    expect(importanceOf(event(600, { rating: ratedWithout('timing', 'frequency') }))).toBeGreaterThan(0)
    expect(importanceOf(event(600))).toBe(0)
  })
})
