import { describe, expect, test } from 'vitest'
import { ask, open, serve } from './helpers.js'

const texts = (reply: { choices: { text: string }[] } | undefined): string[] =>
  reply!.choices.map(({ text }) => text)

describe.each([{ stream: false }, { stream: true }])('with stream: $stream', ({ stream }) => {
  test('a reply has its text, its end, and what the server counted', async () => {
    const server = await serve({ reply: () => 'Drink some water.' })
    const model = open(server, { stream })
    const request = ask('x'.repeat(200))
    expect(await model.generate([request])).toEqual([
      {
        choices: [{ text: 'Drink some water.', finishReason: 'stop', completionTokens: 5 }],
        promptTokens: 56,
        cachedTokens: 0,
      },
    ])
    const [again] = await model.generate([request])
    expect(again!.cachedTokens).toBe(48)
    expect(model.id).toBe('test')
  })

  test('a reply that was cut at the most tokens says so', async () => {
    const server = await serve({ reply: () => 'word '.repeat(50) })
    const [reply] = await open(server, { stream }).generate([
      ask('x', { sampling: { temperature: 1, minP: 0, maxTokens: 4 } }),
    ])
    expect(reply!.choices[0]).toMatchObject({ finishReason: 'length', completionTokens: 4 })
  })

  test('several replies come in one call, in order, and share its tokens', async () => {
    const server = await serve({ reply: (_, i) => 'ab'.repeat(i + 1) })
    const [reply] = await open(server, { stream }).generate([ask('x', { n: 4 })])
    expect(texts(reply)).toEqual(['ab', 'abab', 'ababab', 'abababab'])
    expect(server.requests).toHaveLength(1)
    // the server counted 1 + 1 + 2 + 2
    expect(reply!.choices.reduce((sum, { completionTokens }) => sum + completionTokens, 0)).toBe(6)
  })

  test('a server that gives one reply whatever n is gets further calls with other seeds', async () => {
    const server = await serve({ reply: ({ seed }) => `seed ${seed}`, supportsN: false })
    const [reply] = await open(server, { stream }).generate([ask('x', { n: 3 })])
    expect(new Set(texts(reply)).size).toBe(3)
    expect(server.requests.map(({ body }) => body.n)).toEqual([3, undefined, undefined])
    expect(reply!.promptTokens).toBe(3 * 6)
  })

  test('severalReplies: false makes a call for each reply, all at once', async () => {
    const server = await serve({ reply: ({ seed }) => `seed ${seed}`, refuses: ['n'], latencyMs: 30 })
    const model = open(server, { stream, severalReplies: false })
    const [reply] = await model.generate([ask('x', { n: 3 })])
    expect(new Set(texts(reply)).size).toBe(3)
    expect(server.concurrentPeak).toBe(3)
    expect(texts((await model.generate([ask('x', { n: 3 })]))[0])).toEqual(texts(reply))
  })

  test('tokens are estimated where the server does not count', async () => {
    const server = await serve({ usage: false, reply: () => '12345678' })
    const [reply] = await open(server, { stream }).generate([ask('x'.repeat(90))])
    expect(reply).toEqual({
      choices: [{ text: '12345678', finishReason: 'stop', completionTokens: 2 }],
      promptTokens: 25,
    })
  })

  test.each([
    ['a refusal', { text: null, refusal: 'I cannot help with that.' }, 'I cannot help with that.'],
    ['an empty reply', { text: '' }, 'empty'],
    ['no content', { text: null }, 'empty'],
    ['a content filter', { text: 'half a', finishReason: 'content_filter' as const }, 'content filter'],
    ['only thoughts', { text: '', finishReason: 'length' as const }, 'used up its tokens'],
  ])('%s is an error, never a text', async (_, said, words) => {
    const server = await serve({ reply: () => said })
    const asked = open(server, { stream }).generate([ask()])
    await expect(asked).rejects.toMatchObject({ code: 'MODEL_REFUSED', kind: 'model' })
    await expect(asked).rejects.toThrow(words)
    expect(server.requests).toHaveLength(1)
  })
})

test('many requests keep their order', async () => {
  const server = await serve({ reply: ({ messages }) => `about ${messages[1]!.content}` })
  const replies = await open(server, { limits: { concurrent: 32 } }).generate(
    Array.from({ length: 60 }, (_, i) => ask(`subject ${i}`)),
  )
  expect(replies.map((reply) => texts(reply)[0])).toEqual(
    Array.from({ length: 60 }, (_, i) => `about subject ${i}`),
  )
})
