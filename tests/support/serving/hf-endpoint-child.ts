import { readFileSync } from 'node:fs'
import type { Checkpoint } from '../../../checkpoints/checkpoint.js'
import { EndpointServer } from '../../../checkpoints/serving/endpoint-server.js'
import { endpoint } from '../../../configs/run/endpoint.js'
import { EndpointModel } from '../../../models/endpoint/endpoint-model.js'

/** Has an Inference Endpoint serve a checkpoint and asks it, in a process that can be killed. */
const { fields, root, stored } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as {
  fields: unknown
  root: string
  stored: { checkpoint: Checkpoint; dir: string } | null
}
const model = new EndpointModel('llm', endpoint.parse(fields), { backoffMs: 1 })
const served = await new EndpointServer(model, root, { backoffMs: 1 }).serve(stored)
const [reply] = await served.generate([
  {
    messages: [{ role: 'user', content: 'what now' }],
    n: 1,
    sampling: { temperature: 0, minP: 0, maxTokens: 8 },
    address: [1, 'ada', 1, 'what now'],
  },
])
process.stdout.write(reply!.choices[0]!.text)
