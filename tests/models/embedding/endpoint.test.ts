import { expect, onTestFinished, test, vi } from 'vitest'
import { runSchema } from '../../../configs/schema.js'
import { cosine } from '../../../models/embedding/cosine.js'
import { createEmbedder } from '../../../models/embedding/create-embedder.js'
import { type LlmServerOptions, startLlmServer } from '../../support/llm-server.js'

async function open(
  options: Partial<LlmServerOptions> = {},
  fields: object = {},
  env: NodeJS.ProcessEnv = {},
) {
  const server = await startLlmServer({ reply: () => '', ...options })
  onTestFinished(() => server.close())
  const models = {
    vectors: runSchema.shape.models.unwrap().valueType.parse({ model: 'bge', url: server.url, ...fields }),
  }
  return { server, embedder: () => createEmbedder('vectors', models, env, { backoffMs: 1 }) }
}

test('an entry of models embeds texts: vectors of length 1, in order, each different text once', async () => {
  const { server, embedder } = await open()
  const vectors = await embedder()
  expect(vectors.dim).toBe(26)
  const [tea, eat, tea2, none] = await vectors.embed(['tea', 'eat', 'tea', ' ... '])
  expect(cosine(tea!, eat!)).toBeCloseTo(1, 6)
  expect(tea).toEqual(tea2)
  expect(Math.hypot(...tea!)).toBeCloseTo(1, 6)
  expect(Math.max(...none!)).toBe(0)
  expect(server.requests.map(({ path, body }) => [path, body['input'], body.model])).toEqual([
    ['/v1/embeddings', ['dimensions'], 'bge'],
    ['/v1/embeddings', ['tea', 'eat'], 'bge'],
  ])
})

test('many texts go in batches within the limits, through failures', async () => {
  const { server, embedder } = await open(
    { faults: { cut: 0.2, serverError: 0.2 }, embed: (text) => [1, Number(text.split(' ')[1] ?? 0)] },
    { limits: { concurrent: 2 } },
  )
  const texts = Array.from({ length: 300 }, (_, i) => `text ${i}`)
  const vectors = await (await embedder()).embed(texts)
  expect(vectors.map(([one, i]) => Math.round(i! / one!))).toEqual(texts.map((_, i) => i))
  expect(Math.max(...server.requests.map(({ body }) => (body['input'] as string[]).length))).toBe(32)
  expect(server.concurrentPeak).toBeLessThanOrEqual(3)
})

test('a wrong key is told when the embedder is opened, with the variable', async () => {
  const { embedder } = await open({ apiKey: 'right' }, { keyFrom: 'VECTOR_KEY' }, { VECTOR_KEY: 'wrong-key' })
  await expect(embedder()).rejects.toMatchObject({
    code: 'MODEL_DENIED',
    details: { hint: expect.stringContaining('VECTOR_KEY') },
  })
})

test('an answer without as many vectors as texts is not taken', async () => {
  const { server, embedder } = await open(
    { embed: (text) => (text === 'dimensions' ? [1, 2] : [1, 2, 3]) },
    { retries: 1 },
  )
  await expect((await embedder()).embed(['tea'])).rejects.toThrow('different length')
  expect(server.requests).toHaveLength(3)
})

test('a name that is no embedder is told with the nearest one', async () => {
  const models = {
    vectors: runSchema.shape.models.unwrap().valueType.parse({ model: 'bge', url: 'http://127.0.0.1:9/v1' }),
  }
  await expect(createEmbedder('vektors', models, {})).rejects.toMatchObject({
    code: 'EMBEDDER_UNKNOWN',
    kind: 'config',
    details: { hint: 'did you mean `vectors`?' },
  })
  expect((await createEmbedder('built-in', {}, {})).id).toContain('hashing')
})

test('a signal ends the call', async () => {
  const { embedder } = await open({ faultAt: (i) => (i === 0 ? undefined : { kind: 'hang' }) })
  const vectors = await embedder()
  const stop = new AbortController()
  setTimeout(() => stop.abort(new Error('enough')), 20)
  await expect(vectors.embed(['tea'], stop.signal)).rejects.toThrow('enough')
})

test('without a url an Inference Provider is asked, and nothing is printed', async () => {
  const asked: string[] = []
  const fetch = ((input: unknown) => {
    asked.push(String(input))
    const mapping = { providerId: 'org/vectors', status: 'live', task: 'feature-extraction' }
    const found = String(input).includes('/api/models/')
      ? { inferenceProviderMapping: { 'hf-inference': mapping } }
      : [
          [
            [1, 0],
            [0, 1],
          ],
        ]
    return Promise.resolve(Response.json(found))
  }) as typeof globalThis.fetch
  const printed = vi.spyOn(console, 'log')
  onTestFinished(() => printed.mockRestore())
  const models = { vectors: runSchema.shape.models.unwrap().valueType.parse({ model: 'org/vectors' }) }
  const embedder = await createEmbedder('vectors', models, { HF_TOKEN: 'hf_test1234' }, { fetch })
  const [vector] = await embedder.embed(['tea'])
  // a vector a token becomes their mean
  expect([...vector!].map((value) => value.toFixed(3))).toEqual(['0.707', '0.707'])
  expect(asked.at(-1)).toBe(
    'https://router.huggingface.co/hf-inference/models/org/vectors/pipeline/feature-extraction',
  )
  expect(printed).not.toHaveBeenCalled()
})

test('after a denial, batches that wait are not sent', async () => {
  const { server, embedder } = await open(
    { faultAt: (i) => (i === 0 ? undefined : { kind: 'status', status: 401 }) },
    { limits: { concurrent: 1 } },
  )
  const vectors = await embedder()
  await expect(vectors.embed(Array.from({ length: 200 }, (_, i) => `text ${i}`))).rejects.toThrow('401')
  expect(server.requests).toHaveLength(2)
})
