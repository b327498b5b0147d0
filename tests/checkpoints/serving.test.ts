import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { EndpointServer } from '../../checkpoints/serving/endpoint-server.js'
import { baseFolder } from '../../models/base-folder.js'
import { callKey } from '../../models/calls/accounted-model.js'
import type { ChatModel, GenerateOptions } from '../../models/chat-model.js'
import { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import { ask, entry } from '../models/endpoint/helpers.js'
import {
  type AdapterPlay,
  type AdapterServerOptions,
  markOf,
  startAdapterServer,
} from '../support/serving/adapter-server.js'
import { adapterFolder, change, modelFolder, scratchFolder } from './folders.js'

interface Night {
  checkpoint: Checkpoint
  dir: string | null
}

/** A night's checkpoint in a run folder; each seed has weights of its own. */
async function night(root: string, seed: number, parent: string | null = null): Promise<Night> {
  const dir = await adapterFolder(join(root, 'arms/full/ada', `day-${seed}`, 'checkpoint'), seed)
  return { checkpoint: checkpoint({ id: `night${seed}`, parent }), dir }
}

const checkpoint = (fields: Partial<Checkpoint>): Checkpoint => ({
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

interface Setting {
  play: AdapterPlay
  root: string
  model: EndpointModel
  server: EndpointServer
  /** Of another persona. */
  another: () => EndpointServer
}

async function startServer(options: AdapterServerOptions): Promise<AdapterPlay> {
  const play = await startAdapterServer(options)
  onTestFinished(() => play.close())
  return play
}

async function setting(
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

async function say(model: ChatModel, options: GenerateOptions = {}): Promise<string> {
  const [reply] = await model.generate([ask()], options)
  return reply!.choices[0]!.text
}

const about = ({ asked }: AdapterPlay): string[] =>
  asked
    .filter(({ path }) => path.includes('lora'))
    .map(({ path, body }) => `${path} ${body?.lora_name ?? ''}`)

describe.each(['vllm', 'sglang'] as const)('behind %s', (kind) => {
  const prefix = kind === 'vllm' ? '/v1' : ''

  it('the base speaks on the first day, then the adapter of each night, the one before unloaded', async () => {
    const { play, root, server } = await setting({ kind })
    const base = await server.serve(null)
    expect([base.id, await say(base)]).toEqual(['base', 'by base'])
    const nights = [await night(root, 1), await night(root, 2, 'night1')]
    for (const each of nights) {
      const model = await server.serve(each)
      expect([model.id, await say(model)]).toEqual([each.checkpoint.id, `by ${markOf(each.dir!)}`])
    }
    expect([...play.loaded.keys()]).toEqual(['attune-night2'])
    expect(about(play)).toEqual([
      `${prefix}/load_lora_adapter attune-night1`,
      `${prefix}/load_lora_adapter attune-night2`,
      `${prefix}/unload_lora_adapter attune-night1`,
    ])
    expect(await say(await server.serve(null))).toBe('by base')
  })

  it('a night without training keeps its adapter, and nothing is asked', async () => {
    const { play, root, server } = await setting({ kind })
    const first = await night(root, 1)
    const model = await server.serve(first)
    expect(
      await server.serve({ ...first, checkpoint: { ...first.checkpoint, location: '../day-1/checkpoint' } }),
    ).toBe(model)
    expect(about(play)).toHaveLength(1)
  })

  it('personas have their adapters on it at once, and share the limits of the entry', async () => {
    const { play, root, another } = await setting({ kind, latencyMs: 20 }, { limits: { concurrent: 2 } })
    const nights = await Promise.all([1, 2, 3].map((seed) => night(root, seed)))
    const models = await Promise.all(nights.map((each) => another().serve(each)))
    const texts = await Promise.all([...models, ...models].map((model) => say(model)))
    expect(texts).toEqual([...nights, ...nights].map(({ dir }) => `by ${markOf(dir!)}`))
    expect(play.loaded.size).toBe(3)
    expect(play.peak).toBe(2)
  })

  it('an adapter that is loaded already is fine, as after a crash', async () => {
    const { play, root, server, another } = await setting({ kind })
    const first = await night(root, 1)
    await server.serve(first)
    expect(await say(await another().serve(first))).toBe(`by ${markOf(first.dir!)}`)
    expect(play.asked.filter(({ path }) => path.includes('/load')).map(({ status }) => status)).toEqual([
      200, 400,
    ])
  })

  it('after a crash the adapter of the night before is unloaded by its lineage; one that is gone is no failure', async () => {
    const { play, root, server, another } = await setting({ kind })
    await server.serve(await night(root, 1))
    const second = await night(root, 2, 'night1')
    await another().serve(second)
    expect([...play.loaded.keys()]).toEqual(['attune-night2'])
    await another().serve(second)
    expect(play.loaded.size).toBe(1)
  })

  it('is loaded again, once, when the server was started anew, and calls under way share that', async () => {
    const { play, root, server } = await setting({ kind })
    const first = await night(root, 1)
    const model = await server.serve(first)
    play.restart()
    const failed: (number | null)[] = []
    const onFailedAttempt: GenerateOptions['onFailedAttempt'] = ({ status }) => failed.push(status)
    const texts = await Promise.all([1, 2, 3, 4].map(() => say(model, { onFailedAttempt })))
    expect(new Set(texts)).toEqual(new Set([`by ${markOf(first.dir!)}`]))
    expect(failed.length).toBeGreaterThan(0)
    expect(about(play)).toHaveLength(2)
  })

  it('that forgets it again at once is told, not asked for ever', async () => {
    const { play, root, server } = await setting({ kind })
    const model = await server.serve(await night(root, 1))
    play.restart()
    play.loaded.set = () => play.loaded
    await expect(say(model)).rejects.toMatchObject({ code: 'MODEL_DENIED' })
    expect(about(play)).toHaveLength(2)
  })

  it('sees the run folder under its own path', async () => {
    const { play, root, server } = await setting(
      { kind, see: (path) => path.replace('/mnt/runs/x', root) },
      { adapterFolder: '/mnt/runs/x' },
    )
    const first = await night(root, 1)
    expect(await say(await server.serve(first))).toBe(`by ${markOf(first.dir!)}`)
    expect(play.asked[0]!.body!.lora_path).toBe('/mnt/runs/x/arms/full/ada/day-1/checkpoint')
  })

  it('that does not see the folder, or allows a lower rank, is told with what to change', async () => {
    const { root, server } = await setting({ kind, see: () => '/nowhere' })
    await expect(server.serve(await night(root, 1))).rejects.toMatchObject({
      code: 'ADAPTER_REFUSED',
      message: expect.stringContaining('No adapter found'),
      details: { hint: expect.stringContaining('adapterFolder') },
    })
    const low = await setting({ kind, maxRank: 2 })
    await expect(low.server.serve(await night(low.root, 1))).rejects.toMatchObject({
      code: 'ADAPTER_REFUSED',
      message: expect.stringContaining('max_lora_rank 2'),
    })
  })

  it('is waited for while it starts, given the key, and told when it wants another', async () => {
    const { play, root, server } = await setting(
      { kind, key: 'sesame', failures: [503, 502] },
      { keyFrom: 'KEY' },
    )
    await server.serve(await night(root, 1))
    expect(about(play)).toHaveLength(3)
    play.options.key = 'another'
    await expect(server.serve(await night(root, 2, 'night1'))).rejects.toSatisfy(
      (error: Error & { details: { hint: string } }) =>
        error.message.includes('401') &&
        !error.message.includes('sesame') &&
        error.details.hint.includes('KEY'),
    )
  })

  it('that is gone is told after the attempts of the entry', async () => {
    const { play, root, server } = await setting({ kind, failures: [503, 503, 503] })
    await expect(server.serve(await night(root, 1))).rejects.toMatchObject({ code: 'MODEL_UNREACHABLE' })
    expect(about(play)).toHaveLength(3)
  })

  it('is never sent a folder that is not safe', async () => {
    const { play, root, server } = await setting({ kind })
    const first = await night(root, 1)
    writeFileSync(join(first.dir!, 'adapter_model.bin'), 'x')
    await expect(server.serve(first)).rejects.toMatchObject({ code: 'CHECKPOINT_UNSAFE' })
    expect(play.asked).toEqual([])
  })

  it('cannot take all weights of a model', async () => {
    const { server } = await setting({ kind })
    const full = { checkpoint: checkpoint({ kind: 'full' }), dir: await modelFolder() }
    await expect(server.serve(full)).rejects.toMatchObject({
      code: 'CHECKPOINT_NOT_SERVABLE',
      details: { hint: expect.stringContaining('trainer.lora') },
    })
  })
})

it('a vLLM that may not load adapters while it runs tells how to start it', async () => {
  const { root, server } = await setting({ kind: 'vllm', updating: false })
  await expect(server.serve(await night(root, 1))).rejects.toMatchObject({
    details: { hint: expect.stringContaining('VLLM_ALLOW_RUNTIME_LORA_UPDATING=True') },
  })
})

it('further fields of the entry stay in requests that name an adapter', async () => {
  const { play, root, server } = await setting({ kind: 'sglang' }, { body: { min_p: 0.05 } })
  await say(await server.serve(await night(root, 1)))
  expect(play.asked.at(-1)!.body).toMatchObject({ model: 'base', lora_path: 'attune-night1', min_p: 0.05 })
})

describe('behind llama-server', () => {
  const file = (name: string, scale = 0) => ({ path: `/adapters/${name}.gguf`, scale })

  it('an adapter that it was started with is chosen by its file, wherever a restart put it', async () => {
    const { play, root, server } = await setting({
      kind: 'llama.cpp',
      gguf: [file('other'), file('attune-night1')],
    })
    expect(await say(await server.serve(null))).toBe('by base')
    const model = await server.serve(await night(root, 1))
    expect(await say(model)).toBe('by /adapters/attune-night1.gguf')
    expect(play.asked.at(-1)!.body).toMatchObject({ lora: [{ id: 1, scale: 1 }], cache_prompt: false })
    play.options.gguf = [file('attune-night1'), file('other')]
    expect(await say(model)).toBe('by /adapters/attune-night1.gguf')
  })

  it('one that it was not started with stops the run, with the commands to give', async () => {
    const { root, server } = await setting({ kind: 'llama.cpp', gguf: [file('other')] })
    const first = await night(root, 1)
    await expect(server.serve(first)).rejects.toMatchObject({
      code: 'CHECKPOINT_NOT_SERVABLE',
      details: {
        file: first.dir,
        hint: expect.stringContaining(`convert_lora_to_gguf.py ${first.dir} --outfile attune-night1.gguf`),
      },
    })
  })

  it('adapters that it applies to every request are not taken for the base', async () => {
    const { server } = await setting({ kind: 'llama.cpp', gguf: [file('other', 1)] })
    await expect(server.serve(null)).rejects.toMatchObject({
      details: { hint: expect.stringContaining('--lora-init-without-apply') },
    })
  })
})

describe('behind transformers serve', () => {
  it('an adapter is named by a folder with its base, whose weights take no further room; the one before is removed', async () => {
    const root = scratchFolder()
    const model = new EndpointModel(
      'llm',
      entry({
        model: 'nano',
        url: 'http://127.0.0.1:9/v1',
        adapters: 'transformers',
        adapterFolder: '/mnt/x',
      }),
    )
    const server = new EndpointServer(model, root)
    const first = await night(root, 1)
    const served = await server.serve(first)
    expect(served.id).toBe('night1')
    const folder = `${first.dir}-served`
    expect(markOf(folder)).toBe(markOf(first.dir!))
    const base = readFileSync(join(baseFolder('nano'), 'model.safetensors'))
    expect(readFileSync(join(folder, 'model.safetensors')).equals(base)).toBe(true)
    expect(statSync(join(folder, 'adapter_model.safetensors')).nlink).toBe(2)
    expect(existsSync(join(folder, 'training.json'))).toBe(false)
    await server.serve(await night(root, 2))
    expect(existsSync(folder)).toBe(false)
    // what was linked is still there
    expect(existsSync(join(first.dir!, 'adapter_model.safetensors'))).toBe(true)
  })

  it('a base that is no folder here is told', async () => {
    const root = scratchFolder()
    const model = new EndpointModel(
      'llm',
      entry({ model: 'org/name', url: 'http://127.0.0.1:9/v1', adapters: 'transformers' }),
    )
    const first = await night(root, 1)
    change(first.dir!, 'adapter_config.json', { base_model_name_or_path: 'org/name' })
    const stored = { ...first, checkpoint: { ...first.checkpoint, base: 'org/name' } }
    await expect(new EndpointServer(model, root).serve(stored)).rejects.toMatchObject({
      code: 'CHECKPOINT_NOT_SERVABLE',
    })
  })
})

describe('a hosted checkpoint', () => {
  it('is asked by its name at the provider, and never answered from the record of another night', async () => {
    const play = await startServer({ kind: 'vllm', base: 'ft:gpt-x:me::abc' })
    const model = new EndpointModel('llm', entry({ model: 'gpt-x', url: play.url, retries: 0 }))
    const server = new EndpointServer(model, scratchFolder())
    const hosted = (id: string): Night => ({
      checkpoint: checkpoint({ id, kind: 'hosted', location: 'ft:gpt-x:me::abc' }),
      dir: null,
    })
    const first = await server.serve(hosted('a'))
    expect(await say(first)).toBe('by ft:gpt-x:me::abc')
    const second = await server.serve(hosted('b'))
    const keys = [await server.serve(null), first, second].map(({ id }) => callKey('assistant', id, ask()))
    expect(new Set(keys).size).toBe(3)
  })

  it('of a provider: a folder on this machine cannot be served there', async () => {
    const root = scratchFolder()
    const model = new EndpointModel('llm', entry({ model: 'm', url: 'http://127.0.0.1:9/v1' }))
    await expect(new EndpointServer(model, root).serve(await night(root, 1))).rejects.toMatchObject({
      code: 'CHECKPOINT_NOT_SERVABLE',
      details: { key: 'models.llm.adapters' },
    })
  })
})
