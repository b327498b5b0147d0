import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EndpointServer } from '../../checkpoints/serving/endpoint-server.js'
import { endpoint as schema } from '../../configs/run/endpoint.js'
import { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import { baseFolder } from '../../models/base-folder.js'
import {
  BASE,
  BASE_COMMIT,
  type Managed,
  playHfEndpoint,
  STATES,
  TOKEN,
} from '../support/serving/hf-endpoint.js'
import { playHub } from '../support/trainers/hub.js'

/**
 * An Inference Endpoint on this machine, paused, is moved to a checkpoint and resumed: by attune, then by the client of
 * huggingface_hub. Every request to its API is written down.
 */
const [folder, python] = process.argv.slice(2)
if (!folder || !python) throw new Error('usage: hf-endpoint.ts FOLDER PYTHON')
await mkdir(join(folder, 'day-1'), { recursive: true })

const CLIENT = `
import json, sys
from huggingface_hub import HfApi, constants
url, repository, revision = sys.argv[1:]
default = constants.INFERENCE_ENDPOINTS_ENDPOINT
constants.INFERENCE_ENDPOINTS_ENDPOINT = url
endpoint = HfApi().get_inference_endpoint("nights", namespace="tester")
endpoint.update(repository=repository, revision=revision)
endpoint.resume()
endpoint.wait(timeout=20, refresh_every=0.02)
print(json.dumps({"default": default, "repository": endpoint.repository, "revision": endpoint.revision, "status": endpoint.status}))
`

const endpoint = await playHfEndpoint()
const hub = await playHub()
const env = { HF_TOKEN: TOKEN }
const config = schema.parse({
  model: BASE,
  url: `${endpoint.url}/v1`,
  adapters: 'hf-endpoint',
  endpoint: {
    namespace: 'tester',
    name: 'nights',
    pollSeconds: 0.02,
    api: `${endpoint.url}/v2`,
    hub: hub.url,
  },
})

function rest(): void {
  Object.assign(endpoint, {
    target: { repository: BASE, revision: BASE_COMMIT },
    state: 'paused',
    next: [],
    managed: [],
  })
}

async function theirs(repository: string, revision: string): Promise<unknown> {
  const child = spawn(python!, ['-c', CLIENT, `${endpoint.url}/v2`, repository, revision], {
    env: {
      PATH: '/usr/bin:/bin',
      HF_HOME: join(folder!, 'hf-home'),
      HF_TOKEN: TOKEN,
      HF_HUB_DISABLE_TELEMETRY: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (part: Buffer) => (out += String(part)))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`the client of huggingface_hub ended with ${code}`)
  return JSON.parse(out)
}

const results: { ours: Managed[]; theirs: Managed[] } = { ours: [], theirs: [] }
try {
  rest()
  const stored = {
    checkpoint: {
      id: 'night1',
      parent: null,
      base: 'nano',
      trainer: 'trl/1',
      pairs: 'p',
      location: 'checkpoint',
      kind: 'full' as const,
      metrics: {},
    },
    dir: join(folder, 'day-1', 'checkpoint'),
  }
  await cp(baseFolder('nano'), stored.dir, { recursive: true })
  await new EndpointServer(new EndpointModel('llm', config, { env }), folder, { env }).serve(stored)
  results.ours = endpoint.managed
  const { repository, revision } = endpoint.target
  rest()
  const told = await theirs(repository, revision)
  results.theirs = endpoint.managed
  const api = schema.shape.endpoint.unwrap().unwrap().shape.api.parse(undefined)
  const played = { repository, revision, told, api, states: STATES, objections: endpoint.objections }
  await writeFile(join(folder, 'results.json'), JSON.stringify({ ...results, ...played }, null, 1))
} finally {
  await endpoint.close()
  await hub.close()
}
