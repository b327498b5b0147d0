import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { loadCheckpointWeights } from '../../checkpoints/load-weights.js'
import { EndpointServer } from '../../checkpoints/serving/endpoint-server.js'
import { runSchema } from '../../configs/schema.js'
import { baseFolder } from '../../models/base-folder.js'
import type { ChatModel } from '../../models/chat-model.js'
import { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import { LocalModel } from '../../models/local.js'
import { corpusPairs } from './fixtures/corpus-pairs.js'

/** Has a `transformers serve` speak as base, adapter and full checkpoint, and the same in process; prints all as JSON. */
const [url, base, root, adapter, full] = process.argv.slice(2)
if (!url || !base || !root || !adapter || !full)
  throw new Error('usage: ask-checkpoints.ts URL BASE RUN ADAPTER FULL')

const entry = runSchema.shape.models.unwrap().valueType
const model = new EndpointModel(
  'serve',
  entry.parse({ url, model: base, severalReplies: false, adapters: 'transformers' }),
)
const prompts = corpusPairs(6, 3).map(({ prompt }) => prompt)
const greedy = async (asked: ChatModel, some = prompts): Promise<string[]> => {
  const requests = some.map((content, i) => ({
    messages: [{ role: 'user' as const, content }],
    n: 1,
    sampling: { temperature: 0, minP: 0, maxTokens: 24 },
    address: ['interop', i],
  }))
  return (await asked.generate(requests)).map(({ choices }) => choices[0]!.text)
}
const night = (kind: 'adapter' | 'full', dir: string) => {
  const checkpoint: Checkpoint = {
    id: kind,
    parent: null,
    base: 'nano',
    trainer: 'embedded/1',
    pairs: '',
    location: 'checkpoint',
    kind,
    metrics: {},
  }
  return { checkpoint, dir }
}
const nights = { base: null, adapter: night('adapter', adapter), full: night('full', full) }
const out: Record<string, unknown> = {}
const served: Record<string, ChatModel> = {}
for (const [name, stored] of Object.entries(nights)) {
  served[name] = await new EndpointServer(model, root).serve(stored)
  const local = await LocalModel.create(await loadCheckpointWeights(baseFolder('nano'), stored), { id: name })
  out[name] = { server: await greedy(served[name]), local: await greedy(local) }
  await local.close()
}
const [one, other] = await Promise.all(
  [served['base']!, served['adapter']!].map((each) => greedy(each, prompts.slice(0, 1))),
)
process.stdout.write(JSON.stringify({ ...out, together: { base: one![0], adapter: other![0] } }))
