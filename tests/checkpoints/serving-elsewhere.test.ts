import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EndpointServer } from '../../checkpoints/serving/endpoint-server.js'
import { baseFolder } from '../../models/base-folder.js'
import { callKey } from '../../models/calls/accounted-model.js'
import { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import { ask, entry } from '../models/endpoint/helpers.js'
import { markOf } from '../support/serving/adapter-server.js'
import { change, scratchFolder } from './folders.js'
import { checkpoint, type Night, night, say, setting, startServer } from './setting.js'

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
