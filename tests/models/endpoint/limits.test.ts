import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Limiter } from '../../../models/endpoint/limiter.js'
import { ask, open, serve } from './helpers.js'

const never = new AbortController().signal
const none = { concurrent: 4096, requestsPerMinute: null, tokensPerMinute: null }

test('no more calls than allowed are under way, and as many as allowed', async () => {
  const server = await serve({ latencyMs: 20 })
  await open(server, { limits: { concurrent: 3 } }).generate(
    Array.from({ length: 12 }, (_, i) => ask(`${i}`)),
  )
  expect(server.concurrentPeak).toBe(3)
})

test('two roles that share an entry share its limit', async () => {
  const server = await serve({ latencyMs: 20 })
  const model = open(server, { limits: { concurrent: 2 } })
  await Promise.all([model.generate([ask('a'), ask('b')]), model.generate([ask('c'), ask('d')])])
  expect(server.concurrentPeak).toBe(2)
})

describe('over a minute', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** Has `calls` made one after the other; the times at which each came in, seconds. */
  async function timesOf(limiter: Limiter, calls: { tokens: number; used?: number; lasts?: number }[]) {
    const times: number[] = []
    const start = performance.now()
    for (const [i, { tokens, used = tokens, lasts = 0 }] of calls.entries()) {
      void (async () => {
        const ticket = await limiter.enter(tokens, never)
        times[i] = (performance.now() - start) / 1000
        setTimeout(() => ticket.leave(used), lasts * 1000)
      })()
    }
    await vi.advanceTimersByTimeAsync(3_600_000)
    return times
  }

  test('requests per minute hold in any window of a minute', async () => {
    const times = await timesOf(
      new Limiter({ ...none, requestsPerMinute: 3 }),
      Array.from({ length: 8 }, () => ({ tokens: 1 })),
    )
    expect(times).toEqual([0, 0, 0, 60, 60, 60, 120, 120])
  })

  test('tokens are reserved as estimated and corrected when known', async () => {
    const limits = { ...none, tokensPerMinute: 100 }
    expect(
      await timesOf(
        new Limiter(limits),
        [60, 60, 60].map((tokens) => ({ tokens })),
      ),
    ).toEqual([0, 60, 120])
    // the first call used only 30 and was over after 5 s
    expect(await timesOf(new Limiter(limits), [{ tokens: 60, used: 30, lasts: 5 }, { tokens: 60 }])).toEqual([
      0, 5,
    ])
  })

  test('a call that is larger than the limit is made alone, not never', async () => {
    const limiter = new Limiter({ ...none, tokensPerMinute: 100 })
    expect(await timesOf(limiter, [{ tokens: 50 }, { tokens: 500 }, { tokens: 50 }])).toEqual([0, 60, 120])
  })

  test('who came first is served first, also when a later call would fit', async () => {
    const limiter = new Limiter({ ...none, tokensPerMinute: 100 })
    const times = await timesOf(limiter, [{ tokens: 90 }, { tokens: 50 }, { tokens: 5 }])
    expect(times).toEqual([0, 60, 60])
  })

  test('a waiting call can be called off, and the next one moves up', async () => {
    const limiter = new Limiter({ ...none, concurrent: 1 })
    const first = await limiter.enter(1, never)
    const stop = new AbortController()
    const second = limiter.enter(1, stop.signal)
    const third = limiter.enter(1, never)
    stop.abort(new Error('no longer wanted'))
    await expect(second).rejects.toThrow('no longer wanted')
    first.leave(1)
    await expect(third).resolves.toBeDefined()
  })

  test('whatever is asked, no minute holds more than it may, and all are served', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ tokens: fc.integer({ min: 1, max: 40 }), lasts: fc.integer({ min: 0, max: 20 }) }),
          {
            minLength: 1,
            maxLength: 25,
          },
        ),
        async (calls) => {
          const times = await timesOf(
            new Limiter({ concurrent: 4, requestsPerMinute: 5, tokensPerMinute: 100 }),
            calls,
          )
          expect(times.filter((time) => time !== undefined)).toHaveLength(calls.length)
          for (const from of times) {
            const inside = calls.filter((_, i) => times[i]! >= from && times[i]! < from + 59.99)
            expect(inside.length).toBeLessThanOrEqual(5)
            expect(inside.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(100)
          }
        },
      ),
      { numRuns: 25 },
    )
  })
})

test('a call that waits for its turn ends with the signal, and is never sent', async () => {
  const server = await serve({ latencyMs: 40 })
  const model = open(server, { limits: { concurrent: 1 } })
  const stop = new AbortController()
  const asked = model.generate([ask('a'), ask('b')], { signal: stop.signal, keepInFlight: true })
  await sleep(15)
  stop.abort(new Error('enough'))
  await expect(asked).rejects.toThrow('enough')
  expect(server.requests).toHaveLength(1)
})
