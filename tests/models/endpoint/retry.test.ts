import { describe, expect, test } from 'vitest'
import { retryAfterOf, retryWait } from '../../../models/endpoint/retry-wait.js'
import type { Fault } from '../../support/llm-server.js'
import { ask, failures, open, serve } from './helpers.js'

const status = (status: number, headers: Record<string, string> = {}): Fault => ({
  kind: 'status',
  status,
  message: `says ${status}`,
  headers,
})

test.each([408, 409, 425, 429, 500, 502, 503, 504, 529])(
  'after status %i the call is made again',
  async (code) => {
    const server = await serve({ faultAt: (i) => (i < 2 ? status(code) : undefined) })
    const { list, onFailedAttempt } = failures()
    const [reply] = await open(server).generate([ask()], { onFailedAttempt })
    expect(reply!.choices[0]!.text).toBe('reply 0')
    expect(list).toEqual([
      { status: code, message: `says ${code}`, attempt: 1, waitMs: expect.any(Number) },
      { status: code, message: `says ${code}`, attempt: 2, waitMs: expect.any(Number) },
    ])
    const bodies = server.requests.map(({ body }) => JSON.stringify(body))
    expect(new Set(bodies).size).toBe(1)
  },
)

describe.each([{ stream: false }, { stream: true }])('with stream: $stream', ({ stream }) => {
  test.each(['cut', 'cut-body', 'half', 'html'] as const)(
    'an answer that is %s is not taken for a reply',
    async (kind) => {
      const server = await serve({
        reply: () => 'a whole reply',
        faultAt: (i) => (i === 0 ? { kind } : undefined),
      })
      const { list, onFailedAttempt } = failures()
      const [reply] = await open(server, { stream }).generate([ask()], { onFailedAttempt })
      expect(reply!.choices[0]!.text).toBe('a whole reply')
      expect(list).toHaveLength(1)
      expect(list[0]!.message).not.toBe('')
      expect(list[0]!.status).toBe(kind === 'html' || (kind === 'half' && !stream) ? 200 : null)
    },
  )

  test('an answer that does not come in time is asked for again', async () => {
    const server = await serve({ faultAt: (i) => (i === 0 ? { kind: 'hang' } : undefined) })
    const { list, onFailedAttempt } = failures()
    await open(server, { stream, timeoutSeconds: 0.05 }).generate([ask()], { onFailedAttempt })
    expect(list).toEqual([
      { status: null, message: 'no answer in 0.05 s', attempt: 1, waitMs: expect.any(Number) },
    ])
  })
})

test('when all attempts have failed, the last failure and the number of attempts are told', async () => {
  const server = await serve({ faultAt: () => status(503) })
  const { list, onFailedAttempt } = failures()
  const asked = open(server, { retries: 2 }).generate([ask()], { onFailedAttempt })
  await expect(asked).rejects.toMatchObject({ code: 'MODEL_UNREACHABLE', kind: 'model' })
  await expect(asked).rejects.toThrow(/`models\.judge` \(test at http.*3 attempts.*503.*says 503/)
  expect(list.map(({ waitMs }) => waitMs === null)).toEqual([false, false, true])
})

test('a server that is not there is named, with the reason', async () => {
  const server = await serve()
  await server.close()
  const asked = open(server, { retries: 1 }).generate([ask()])
  await expect(asked).rejects.toMatchObject({ code: 'MODEL_UNREACHABLE' })
  await expect(asked).rejects.toThrow(/ECONNREFUSED/)
})

test('retries: 0 is one attempt', async () => {
  const server = await serve({ faultAt: () => status(500) })
  await expect(open(server, { retries: 0 }).generate([ask()])).rejects.toThrow('one attempt')
  expect(server.requests).toHaveLength(1)
})

test('Retry-After is waited for, by this call and by all others of the entry', async () => {
  const server = await serve({
    faultAt: (i) => (i === 0 ? status(429, { 'retry-after': '0.15' }) : undefined),
  })
  const model = open(server, { limits: { concurrent: 1 } })
  const { list, onFailedAttempt } = failures()
  await model.generate([ask('a'), ask('b')], { onFailedAttempt })
  expect(list[0]!.waitMs).toBeGreaterThanOrEqual(150)
  const times = server.requests.map(({ at }) => at)
  expect(times[1]! - times[0]!).toBeGreaterThan(140)
})

test('Retry-After is seconds or a date; ten minutes are the most', () => {
  const told = (value: string) => retryAfterOf(new Headers({ 'retry-after': value }))
  expect(told('7')).toBe(7000)
  expect(told(new Date(Date.now() + 30_000).toUTCString())).toBeGreaterThan(28_000)
  expect(told(new Date(Date.now() - 30_000).toUTCString())).toBe(0)
  expect(told('soon')).toBeNull()
  expect(retryAfterOf(new Headers())).toBeNull()
  expect(retryAfterOf(new Headers({ 'retry-after': '1', 'retry-after-ms': '20' }))).toBe(20)
  expect(retryWait([1], 1, 1, 86_400_000)).toBeLessThan(600_002)
})

test('the backoff grows, is capped at a minute, and is the same at the same address', () => {
  const waits = (address: number) =>
    Array.from({ length: 12 }, (_, i) => retryWait([address], i + 1, 1000, null))
  expect(waits(1)).toEqual(waits(1))
  expect(waits(1)).not.toEqual(waits(2))
  const mean = (attempt: number) =>
    Array.from({ length: 400 }, (_, i) => retryWait([i], attempt, 1000, null)).reduce((a, b) => a + b) / 400
  expect(mean(1)).toBeGreaterThan(400)
  expect(mean(1)).toBeLessThan(600)
  expect(mean(3)).toBeGreaterThan(1700)
  expect(Math.max(...waits(1))).toBeLessThanOrEqual(60_000)
})

test('a third of all calls failing in every way costs retries, and no reply', async () => {
  const server = await serve({
    reply: ({ messages }) => `about ${messages[1]!.content}`,
    faults: { rateLimit: 0.1, serverError: 0.1, cut: 0.13 },
  })
  const requests = Array.from({ length: 80 }, (_, i) => ask(`subject ${i}`))
  const { list, onFailedAttempt } = failures()
  const replies = await open(server).generate(requests, { onFailedAttempt })
  expect(replies.map(({ choices }) => choices[0]!.text)).toEqual(requests.map((_, i) => `about subject ${i}`))
  expect(list.length).toBeGreaterThan(15)
  expect(server.requests).toHaveLength(80 + list.length)
})
