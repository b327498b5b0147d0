import { afterAll, beforeAll, expect, it } from 'vitest'
import { endpoint } from '../../../configs/run/endpoint.js'
import { reachEndpoint } from '../../../models/endpoint/reach-endpoint.js'
import { type LlmServer, startLlmServer } from '../../support/llm-server.js'

const KEY = 'very-secret-key'
let server: LlmServer
beforeAll(async () => {
  server = await startLlmServer({ reply: () => 'hi', model: 'judge', apiKey: KEY })
})
afterAll(() => server.close())

const reach = (changes: Record<string, unknown>, env: NodeJS.ProcessEnv = { JUDGE_KEY: KEY }) =>
  reachEndpoint(
    'judge',
    endpoint.parse({ model: 'judge', url: server.url, keyFrom: 'JUDGE_KEY', ...changes }),
    env,
  )

it('a server that has the model is reached with its key, and asked for no reply', async () => {
  expect(await reach({})).toEqual({ ok: true, found: 'answers, and has judge' })
  expect(await reach({ model: 'other' })).toEqual({ ok: true, found: 'answers, but does not list other' })
  expect(server.requests.map(({ path }) => path)).toEqual(['/v1/models', '/v1/models'])
})

it('a key that is missing or refused is told, and never shown', async () => {
  expect(await reach({}, {})).toMatchObject({
    ok: false,
    found: expect.stringContaining('JUDGE_KEY') as string,
  })
  const refused = await reach({}, { JUDGE_KEY: 'another-secret' })
  expect(refused).toEqual({ ok: false, found: 'the key in JUDGE_KEY is refused (401)' })
})

it('a server that is not there is told with the address', async () => {
  const { ok, found } = await reach({ url: 'http://127.0.0.1:9/v1' })
  expect(ok).toBe(false)
  expect(found).toContain('http://127.0.0.1:9/v1/models cannot be reached')
  expect(found).not.toContain(KEY)
})
