import { errorToJson } from '../../common/error-to-json.js'
import { baseFolder } from '../../models/base-folder.js'
import { runSchema } from '../../configs/schema.js'
import type { ChatModel, GenerateRequest } from '../../models/chat-model.js'
import { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import { openLocalModel } from '../../models/local.js'
import { corpusPairs } from './fixtures/corpus-pairs.js'

/** Asks a server for replies, and the same model in process; prints both as JSON. */
const [url, model] = process.argv.slice(2)
if (!url || !model) throw new Error('usage: ask-endpoint.ts URL MODEL')

const entry = (fields: object) =>
  runSchema.shape.models.unwrap().valueType.parse({ url, model, severalReplies: false, ...fields })
const prompts = corpusPairs(5, 3).map(({ prompt }) => prompt)
const requests = (temperature: number, n: number): GenerateRequest[] =>
  prompts.map((content, i) => ({
    messages: [{ role: 'user', content }],
    n,
    sampling: { temperature, minP: 0, maxTokens: 24 },
    address: ['interop', i],
  }))
const textsOf = async (asked: ChatModel, temperature: number, n: number): Promise<string[][]> =>
  (await asked.generate(requests(temperature, n))).map(({ choices }) => choices.map(({ text }) => text))

const server = new EndpointModel('serve', entry({}))
const streamed = new EndpointModel('serve', entry({ stream: true }))
const single = new EndpointModel('serve', entry({ limits: { concurrent: 1 } }))
const unknown = new EndpointModel('serve', entry({ body: { min_p: 0.1 } }))
const local = await openLocalModel(baseFolder('nano'))
const [usage] = await server.generate(requests(0, 1).slice(0, 1))
const [localUsage] = await local.generate(requests(0, 1).slice(0, 1))
const out = {
  greedy: {
    server: await textsOf(server, 0, 1),
    streamed: await textsOf(streamed, 0, 1),
    local: await textsOf(local, 0, 1),
  },
  sampled: { first: await textsOf(single, 1, 4), again: await textsOf(single, 1, 4) },
  several: await textsOf(new EndpointModel('serve', entry({ severalReplies: true })), 1, 3),
  usage: { server: usage, local: localUsage },
  streamedUsage: (await streamed.generate(requests(0, 1).slice(0, 1)))[0],
  denied: await unknown.generate(requests(0, 1).slice(0, 1)).then(
    () => null,
    (error: unknown) => errorToJson(error),
  ),
}
await local.close()
process.stdout.write(JSON.stringify(out))
