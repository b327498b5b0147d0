import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { packageRoot } from '../../common/package-root.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import type { RunConfig } from '../../configs/schema.js'
import { createEmbedder } from '../../models/embedding/create-embedder.js'
import { checkEndpoint } from '../../models/endpoint/check-endpoint.js'
import { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import { startLlmServer } from '../support/llm-server.js'

const page = readFileSync(join(packageRoot(), 'docs/models.md'), 'utf8')
const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((found) => found[1]!)
const named = blocks.map((text) => ({ name: /^name: (.+)$/m.exec(text)![1]!, text }))

function load(text: string): RunConfig {
  const folder = mkdtempSync(join(tmpdir(), 'attune-docs-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'run.yaml'), text)
  return loadRunConfig(join(folder, 'run.yaml'))
}

test('there is an example for every kind of server', () => {
  expect(named.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'hugging-face',
      'openai',
      'vllm',
      'sglang',
      'llama-cpp',
      'ollama',
      'transformers-serve',
      'other',
    ]),
  )
})

test.each(named)('$name loads, and a call in its shape goes through', async ({ text }) => {
  const config = load(text)
  const [name, entry] = Object.entries(config.models)[0]!
  const variable = entry.keyFrom ?? (entry.url === null ? 'HF_TOKEN' : undefined)
  const env = variable === undefined ? {} : { [variable]: 'test-key' }
  expect(checkEndpoint(name, entry, env)).toEqual([])
  const server = await startLlmServer({
    reply: (_, i) => `reply ${i}`,
    model: entry.model,
    ...(variable !== undefined && { apiKey: 'test-key' }),
    // OpenAI is as strict as that
    ...(config.name === 'openai' && { strict: true, refuses: ['temperature', 'top_p', 'max_tokens'] }),
  })
  onTestFinished(() => server.close())
  const here = { ...entry, url: server.url, provider: null, keyFrom: variable ?? null }
  if (config.assistant.memory.embedder === name) {
    const embedder = await createEmbedder(name, { [name]: here }, env)
    expect(await embedder.embed(['tea'])).toHaveLength(1)
    return
  }
  const [reply] = await new EndpointModel(name, here, { env }).generate([
    {
      messages: [{ role: 'user', content: 'hello' }],
      n: 2,
      sampling: { temperature: 0.7, topP: 0.9, minP: 0, maxTokens: 16 },
      address: ['docs'],
      json: {
        name: 'any',
        schema: { type: 'object', properties: {}, required: [], additionalProperties: false },
      },
    },
  ])
  expect(reply!.choices).toHaveLength(2)
})
