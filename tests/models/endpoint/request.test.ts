import { expect, test } from 'vitest'
import { ask, open, serve } from './helpers.js'

const format = {
  name: 'rating',
  schema: {
    type: 'object',
    properties: { score: { type: 'integer' } },
    required: ['score'],
    additionalProperties: false,
  },
}

test('a request holds what the configuration says, and nothing that a strict server refuses', async () => {
  const server = await serve({ strict: true })
  const sampling = { temperature: 0.5, topP: 0.9, minP: 0.02, maxTokens: 12 }
  await open(server).generate([ask('hello', { sampling, json: format, n: 2 })])
  expect(server.requests[0]!.path).toBe('/v1/chat/completions')
  expect(server.requests[0]!.body).toEqual({
    model: 'test',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hello' },
    ],
    n: 2,
    seed: expect.any(Number),
    temperature: 0.5,
    top_p: 0.9,
    max_tokens: 12,
    response_format: { type: 'json_schema', json_schema: { ...format, strict: true } },
  })
})

test('keys of the entry change the request: json, seed, maxTokensKey, and body, whose null takes a field out', async () => {
  const server = await serve({ strict: true, refuses: ['temperature', 'seed', 'max_tokens'] })
  const model = open(server, {
    json: 'object',
    seed: false,
    maxTokensKey: 'max_completion_tokens',
    body: { reasoning_effort: 'low', temperature: null },
  })
  await model.generate([ask('hello', { json: format })])
  const { messages: _, ...fields } = server.requests[0]!.body
  expect(fields).toEqual({
    model: 'test',
    max_completion_tokens: 32,
    response_format: { type: 'json_object' },
    reasoning_effort: 'low',
  })
  await open(server, {
    json: 'none',
    seed: false,
    maxTokensKey: 'max_completion_tokens',
    body: { temperature: null },
  }).generate([ask('hello', { json: format })])
  expect(server.requests[1]!.body.response_format).toBeUndefined()
})

test('fields that mean something to the client reach the server as the user wrote them', async () => {
  const server = await serve()
  await open(server, { body: { provider: { order: ['a'] }, min_p: 0.05 } }).generate([ask()])
  expect(server.requests[0]!.body).toMatchObject({ provider: { order: ['a'] }, min_p: 0.05 })
})

test('a model may be named by a path, as vLLM and others name one that lies in a folder', async () => {
  const server = await serve({ model: '/models/llama' })
  const [reply] = await open(server, { model: '/models/llama' }).generate([ask()])
  expect(reply!.choices).toHaveLength(1)
})

test('the seed is a function of the address, of 31 bits', async () => {
  const server = await serve()
  const model = open(server)
  await model.generate([ask('a'), ask('b')])
  await open(server).generate([ask('a')])
  const seeds = server.requests.map(({ body }) => body.seed!)
  expect(seeds[0]).toBe(seeds[2])
  expect(seeds[0]).not.toBe(seeds[1])
  for (const seed of seeds) expect(seed >= 0 && seed < 2 ** 31 && Number.isInteger(seed)).toBe(true)
})

test('a url without a path gets /v1, one with another path is kept', async () => {
  const server = await serve()
  await open({ url: server.url.replace('/v1', '') }).generate([ask()])
  await open({ url: `${server.url}/` }).generate([ask()])
  expect(server.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions', '/v1/chat/completions'])
  const other = open({ url: server.url.replace('/v1', '/api/paas/v4') }).generate([ask()])
  await expect(other).rejects.toMatchObject({ code: 'MODEL_DENIED' })
  expect(server.requests[2]!.path).toBe('/api/paas/v4/chat/completions')
})

test('the key goes to the server, as the environment holds it', async () => {
  const server = await serve({ apiKey: 'my-local-key' })
  const [reply] = await open(server, { keyFrom: 'MY_KEY' }, { env: { MY_KEY: 'my-local-key' } }).generate([
    ask(),
  ])
  expect(reply!.choices[0]!.text).toBe('reply 0')
})

test('a key may end in a line break, as files with keys do', async () => {
  const server = await serve({ apiKey: 'my-local-key' })
  const env = { MY_KEY: 'my-local-key\n' }
  expect(await open(server, { keyFrom: 'MY_KEY' }, { env }).generate([ask()])).toHaveLength(1)
})

test('greedy replies are asked for one by one, since vLLM denies several in a call', async () => {
  const server = await serve({ refuses: ['n'] })
  const sampling = { temperature: 0, minP: 0, maxTokens: 8 }
  const [reply] = await open(server).generate([ask('x', { n: 2, sampling })])
  expect(reply!.choices).toHaveLength(2)
})
