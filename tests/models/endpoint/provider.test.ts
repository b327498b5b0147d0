import { expect, test } from 'vitest'
import { checkEndpoint } from '../../../models/endpoint/check-endpoint.js'
import { EndpointModel } from '../../../models/endpoint/endpoint-model.js'
import { ask, entry } from './helpers.js'

const completion = JSON.stringify({
  id: '1',
  created: 1,
  model: 'm',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 1 },
})

/** A fetch that answers like the Hub and the router, and keeps what was asked. */
function router() {
  const asked: { url: string; key: string | null; body: unknown }[] = []
  const fetch = ((input: unknown, init: RequestInit = {}) => {
    const url = String(input)
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined
    asked.push({ url, key: new Headers(init.headers).get('authorization'), body })
    const mapping = {
      inferenceProviderMapping: {
        together: { providerId: 'their-name', status: 'live', task: 'conversational' },
      },
    }
    const text = url.includes('/api/models/') ? JSON.stringify(mapping) : completion
    return Promise.resolve(new Response(text, { headers: { 'content-type': 'application/json' } }))
  }) as typeof globalThis.fetch
  return { asked, fetch }
}

test('without a url the model is asked through the router of Hugging Face, with HF_TOKEN', async () => {
  const { asked, fetch } = router()
  const env = { HF_TOKEN: 'hf_test1234' }
  const model = new EndpointModel('judge', entry({ model: 'org/name' }), { env, fetch })
  const [reply] = await model.generate([ask()])
  expect(reply!.choices[0]!.text).toBe('hello')
  expect(asked).toMatchObject([
    {
      url: 'https://router.huggingface.co/v1/chat/completions',
      key: 'Bearer hf_test1234',
      body: { model: 'org/name' },
    },
  ])
})

test('a provider is asked by its own name of the model, with its own key where one is given', async () => {
  const { asked, fetch } = router()
  const config = entry({ model: 'org/other', provider: 'together', keyFrom: 'TOGETHER_API_KEY' })
  const model = new EndpointModel('judge', config, { env: { TOGETHER_API_KEY: 'tgp_v1_x' }, fetch })
  await model.generate([ask()])
  expect(asked.at(-1)).toMatchObject({
    url: 'https://api.together.xyz/v1/chat/completions',
    key: 'Bearer tgp_v1_x',
    body: { model: 'their-name' },
  })
})

test('what the client itself refuses is told and not tried again', async () => {
  const { asked, fetch } = router()
  const model = new EndpointModel('judge', entry({ model: 'org/name', keyFrom: 'MY_KEY' }), {
    env: { MY_KEY: 'not-of-hugging-face' },
    fetch,
  })
  await expect(model.generate([ask()])).rejects.toMatchObject({ code: 'MODEL_DENIED' })
  expect(asked).toEqual([])
})

test('content in parts is read, without the thoughts', async () => {
  const parts = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
    { type: 'text', text: 'hello' },
  ]
  const body = JSON.parse(completion) as { choices: { message: { content: unknown } }[] }
  body.choices[0]!.message.content = parts
  const fetch = (): Promise<Response> =>
    Promise.resolve(new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } }))
  const [reply] = await new EndpointModel('judge', entry({ url: 'http://localhost:1/v1' }), {
    env: {},
    fetch,
  }).generate([ask()])
  expect(reply!.choices[0]!.text).toBe('hello')
})

test('an answer without a body is tried again, and told', async () => {
  const fetch = (): Promise<Response> => Promise.resolve(new Response(null, { status: 204 }))
  const model = new EndpointModel('judge', entry({ url: 'http://localhost:1/v1', retries: 1 }), {
    env: {},
    fetch,
    backoffMs: 1,
  })
  await expect(model.generate([ask()])).rejects.toThrow(/status 204/)
})

test('everything that is wrong with an entry is told before anything is sent', () => {
  const problems = checkEndpoint('judge', entry({ provider: 'togehter' }), {})
  expect(problems).toMatchObject([
    {
      code: 'PROVIDER_UNKNOWN',
      kind: 'config',
      details: { key: 'models.judge.provider', hint: 'did you mean `together`?' },
    },
    { code: 'MODEL_KEY_MISSING', kind: 'config', details: { key: 'models.judge.keyFrom' } },
  ])
  expect(problems[1]!.message).toContain('HF_TOKEN')
  expect(checkEndpoint('judge', entry({ provider: 'groq' }), { HF_TOKEN: 'x' })).toEqual([])
  expect(checkEndpoint('judge', entry({ url: 'http://localhost:8000/v1' }), {})).toEqual([])
  expect(
    checkEndpoint('judge', entry({ url: 'http://localhost:8000/v1', keyFrom: 'K' }), { K: '' }),
  ).toHaveLength(1)
  expect(() => new EndpointModel('judge', entry({}), { env: {} })).toThrow(/HF_TOKEN/)
})
