import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ask, failures, open, serve } from './helpers.js'

test('an abort ends a call under way at once, with the reason given', async () => {
  const server = await serve({ faultAt: () => ({ kind: 'hang' }) })
  const stop = new AbortController()
  const { list, onFailedAttempt } = failures()
  const asked = open(server).generate([ask()], { signal: stop.signal, onFailedAttempt })
  setTimeout(() => stop.abort(new Error('enough')), 20)
  await expect(asked).rejects.toThrow('enough')
  expect(list).toEqual([])
})

test.each([{ stream: false }, { stream: true }])(
  'with keepInFlight the call under way is waited for, since it is paid ($stream)',
  async ({ stream }) => {
    const server = await serve({ latencyMs: 60 })
    const stop = new AbortController()
    const asked = open(server, { stream }).generate([ask()], { signal: stop.signal, keepInFlight: true })
    await sleep(20)
    stop.abort(new Error('enough'))
    expect((await asked)[0]!.choices[0]!.text).toBe('reply 0')
  },
)

test('with keepInFlight nothing new is sent: no further attempt, no further reply', async () => {
  const failing = await serve({ latencyMs: 40, faultAt: () => ({ kind: 'status', status: 500 }) })
  const single = await serve({ latencyMs: 40, supportsN: false })
  const stop = new AbortController()
  const asked = [failing, single].map((server) =>
    open(server).generate([ask('x', { n: 2 })], { signal: stop.signal, keepInFlight: true }),
  )
  const outcomes = Promise.allSettled(asked)
  await sleep(15)
  stop.abort(new Error('enough'))
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { message: 'enough' } })
  expect([failing.requests.length, single.requests.length]).toEqual([1, 1])
})

test('an abort ends the wait between attempts', async () => {
  const server = await serve({
    faultAt: () => ({ kind: 'status', status: 429, headers: { 'retry-after': '60' } }),
  })
  const stop = new AbortController()
  const asked = open(server).generate([ask()], {
    signal: stop.signal,
    onFailedAttempt: () => stop.abort(new Error('enough')),
  })
  await expect(asked).rejects.toThrow('enough')
  expect(server.requests).toHaveLength(1)
})

test('a signal that is aborted already sends nothing', async () => {
  const server = await serve()
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(open(server).generate([ask()], { signal })).rejects.toThrow('enough')
  expect(server.requests).toHaveLength(0)
})

test('signals that live long gather no listeners, whoever asks at once', async () => {
  const server = await serve()
  const stop = new AbortController()
  const warnings: Error[] = []
  const warn = (warning: Error): void => void warnings.push(warning)
  process.on('warning', warn)
  const model = open(server, { limits: { concurrent: 2 } })
  const asked = Array.from({ length: 40 }, (_, i) => ask(`${i}`))
  await model.generate(asked, { signal: stop.signal })
  await Promise.all(asked.map((request) => model.generate([request], { signal: stop.signal })))
  await sleep(5)
  process.off('warning', warn)
  expect(warnings).toEqual([])
  expect(getEventListeners(stop.signal, 'abort')).toEqual([])
})
