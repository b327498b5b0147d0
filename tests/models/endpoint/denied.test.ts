import { expect, test } from 'vitest'
import { formatError } from '../../../common/format-error.js'
import type { Fault } from '../../support/llm-server.js'
import { ask, failures, open, serve } from './helpers.js'

const format = {
  name: 'rating',
  schema: { type: 'object', properties: {}, required: [], additionalProperties: false },
}

async function denial(
  fault: { status: number; message?: string; body?: string },
  fields: object = {},
  key?: string,
) {
  const server = await serve({ faultAt: (): Fault => ({ kind: 'status', ...fault }) })
  const env = key === undefined ? {} : { JUDGE_KEY: key }
  const { list, onFailedAttempt } = failures()
  const keyFrom = key === undefined ? {} : { keyFrom: 'JUDGE_KEY' }
  const error = await open(server, { ...keyFrom, ...fields }, { env })
    .generate([ask('x', { json: format })], { onFailedAttempt })
    .then(
      () => undefined,
      (error: unknown) => error as Error & { details: { hint: string; key: string } },
    )
  return { error: error!, server, list }
}

test.each([400, 401, 402, 403, 404, 422])(
  'status %i is not asked for again, and names the entry',
  async (status) => {
    const { error, server, list } = await denial({ status, message: 'words of the server' })
    expect(error).toMatchObject({ code: 'MODEL_DENIED', kind: 'model', details: { key: 'models.judge' } })
    expect(error.message).toContain('`models.judge` (test at http://127.0.0.1')
    expect(error.message).toContain(`status ${status}: words of the server (request req_0)`)
    expect(server.requests).toHaveLength(1)
    expect(list).toEqual([{ status, message: 'words of the server', attempt: 1, waitMs: null }])
  },
)

test('for a wrong key the variable is told, and the key never, wherever the server repeats it', async () => {
  for (const key of ['my-local-key', 'sk-abcdefgh12345678', 'hf_abcdefgh12345678']) {
    const { error, list } = await denial(
      { status: 401, message: `Incorrect API key provided: ${key}.` },
      {},
      key,
    )
    expect(error.details.hint).toContain('JUDGE_KEY')
    const everything = [
      String(error.stack),
      JSON.stringify(error),
      formatError(error),
      JSON.stringify(list),
    ].join()
    expect(everything).not.toContain(key)
    expect(error.cause).toBeUndefined()
  }
})

test.each([
  ['no key at all', { status: 401 }, {}, '`models.judge.keyFrom`'],
  ['no credits', { status: 402 }, {}, 'credits'],
  [
    'an empty account',
    {
      status: 429,
      body: '{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}',
    },
    {},
    'credits',
  ],
  ['an unknown model', { status: 404, message: 'no such model' }, {}, '`models.judge.model` (test)'],
  [
    'no JSON schema',
    { status: 400, message: "'response_format' of type 'json_schema' is not supported" },
    {},
    '`models.judge.json` to `object` or `none`',
  ],
  [
    'no JSON object',
    { status: 400, message: 'response_format is not supported' },
    { json: 'object' },
    '`models.judge.json` to `none`',
  ],
  [
    'no seed',
    { status: 422, body: '{"detail":[{"loc":["body","seed"],"msg":"Extra inputs are not permitted"}]}' },
    {},
    '`models.judge.seed` to `false`',
  ],
  [
    'no n',
    { status: 400, body: '{"error":"Only one completion choice is allowed"}' },
    {},
    '`models.judge.severalReplies` to `false`',
  ],
  [
    'no n, told with status 500',
    {
      status: 500,
      body: '{"error":{"code":500,"message":"Only one completion choice is allowed","type":"server_error"}}',
    },
    {},
    '`models.judge.severalReplies` to `false`',
  ],
  [
    'no max_tokens',
    {
      status: 400,
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    },
    {},
    '`models.judge.maxTokensKey` to `max_completion_tokens`',
  ],
  [
    'no temperature',
    { status: 400, message: "Unsupported value: 'temperature' does not support 0.7 with this model." },
    {},
    '`models.judge.body` to `{ temperature: null',
  ],
  [
    'a short context',
    { status: 400, message: "This model's maximum context length is 4096 tokens." },
    {},
    'longer context',
  ],
])('%s: the hint tells what to change', async (_, fault, fields, hint) => {
  const { error, server } = await denial(fault, fields)
  expect(error).toMatchObject({ code: 'MODEL_DENIED' })
  expect(error.details.hint).toContain(hint)
  expect(server.requests).toHaveLength(1)
})

test('a page of a proxy is told as text, not as HTML', async () => {
  const { error } = await denial({ status: 403, body: '<html><h1>Forbidden</h1><p>by the proxy</p></html>' })
  expect(error.message).toContain('Forbidden by the proxy')
})

test('after a denial, requests of the same batch that wait are not made', async () => {
  const server = await serve({ faultAt: () => ({ kind: 'status', status: 401 }) })
  const model = open(server, { limits: { concurrent: 2 } })
  await expect(model.generate(Array.from({ length: 20 }, (_, i) => ask(`${i}`)))).rejects.toMatchObject({
    code: 'MODEL_DENIED',
  })
  expect(server.requests.length).toBeLessThanOrEqual(2)
})
