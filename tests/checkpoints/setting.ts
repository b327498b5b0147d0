import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { EndpointServer } from '../../checkpoints/serving/endpoint-server.js'
import type { ChatModel, GenerateOptions } from '../../models/chat-model.js'
import { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import { ask, entry } from '../models/endpoint/helpers.js'
import {
  type AdapterPlay,
  type AdapterServerOptions,
  startAdapterServer,
} from '../support/serving/adapter-server.js'
import { adapterFolder, scratchFolder } from './folders.js'

export interface Night {
  checkpoint: Checkpoint
  dir: string | null
}

/** A night's checkpoint in a run folder; each seed has weights of its own. */
export async function night(root: string, seed: number, parent: string | null = null): Promise<Night> {
  const dir = await adapterFolder(join(root, 'arms/full/ada', `day-${seed}`, 'checkpoint'), seed)
  return { checkpoint: checkpoint({ id: `night${seed}`, parent }), dir }
}

export const checkpoint = (fields: Partial<Checkpoint>): Checkpoint => ({
  id: 'night1',
  parent: null,
  base: 'nano',
  trainer: 'trl/1',
  pairs: 'p',
  location: 'checkpoint',
  kind: 'adapter',
  metrics: {},
  ...fields,
})

export interface Setting {
  play: AdapterPlay
  root: string
  model: EndpointModel
  server: EndpointServer
  /** Of another persona. */
  another: () => EndpointServer
}

export async function startServer(options: AdapterServerOptions): Promise<AdapterPlay> {
  const play = await startAdapterServer(options)
  onTestFinished(() => play.close())
  return play
}

export async function setting(
  options: AdapterServerOptions,
  fields: Record<string, unknown> = {},
): Promise<Setting> {
  const play = await startServer(options)
  const root = scratchFolder()
  const env = { KEY: options.key ?? 'none' }
  const config = entry({ model: 'base', url: play.url, adapters: options.kind, retries: 2, ...fields })
  const model = new EndpointModel('llm', config, { env, backoffMs: 1 })
  const another = (): EndpointServer => new EndpointServer(model, root, { env, backoffMs: 1 })
  return { play, root, model, server: another(), another }
}

export async function say(model: ChatModel, options: GenerateOptions = {}): Promise<string> {
  const [reply] = await model.generate([ask()], options)
  return reply!.choices[0]!.text
}

export const about = ({ asked }: AdapterPlay): string[] =>
  asked
    .filter(({ path }) => path.includes('lora'))
    .map(({ path, body }) => `${path} ${body?.lora_name ?? ''}`)
