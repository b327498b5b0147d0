import { onTestFinished } from 'vitest'
import { EndpointServer } from '../../checkpoints/serving/endpoint-server.js'
import { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import { entry } from '../models/endpoint/helpers.js'
import { BASE, type PlayedEndpoint, playHfEndpoint, TOKEN } from '../support/serving/hf-endpoint.js'
import { type PlayedHub, playHub } from '../support/trainers/hub.js'
import { scratchFolder } from './folders.js'
import { type Night, night } from './setting.js'

export const REPO = 'tester/attune-nights'

export interface EndpointSetting {
  endpoint: PlayedEndpoint
  hub: PlayedHub
  root: string
  fields: Record<string, unknown>
  server: EndpointServer
  /** Of another process. */
  another: () => EndpointServer
  /** A night whose adapter is for the endpoint's base. */
  nightOf: (seed: number) => Promise<Night>
}

export async function endpointSetting(keys: Record<string, unknown> = {}): Promise<EndpointSetting> {
  const endpoint = await playHfEndpoint()
  const hub = await playHub()
  onTestFinished(async () => {
    await endpoint.close()
    await hub.close()
  })
  endpoint.sees = (repository, revision) =>
    hub.repos.repos.get(`models/${repository}`)?.commits.has(revision) ?? false
  const root = scratchFolder()
  const fields = {
    model: BASE,
    url: `${endpoint.url}/v1`,
    adapters: 'hf-endpoint',
    retries: 2,
    endpoint: {
      namespace: 'tester',
      name: 'nights',
      pollSeconds: 0.005,
      timeoutMinutes: 0.1,
      api: `${endpoint.url}/v2`,
      hub: hub.url,
      ...keys,
    },
  }
  const another = (): EndpointServer => openServer(fields, root)
  const nightOf = async (seed: number): Promise<Night> => night(root, seed)
  return { endpoint, hub, root, fields, server: another(), another, nightOf }
}

export function openServer(fields: Record<string, unknown>, root: string): EndpointServer {
  const env = { HF_TOKEN: TOKEN }
  const model = new EndpointModel('llm', entry(fields), { env, backoffMs: 1 })
  return new EndpointServer(model, root, { env, backoffMs: 1 })
}

/** Labels of calls to the management API that change something. */
export const changes = ({ log }: PlayedEndpoint): string[] =>
  log.filter((label) => label.includes('/v2/') && !label.startsWith('GET'))
