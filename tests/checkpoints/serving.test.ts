import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { GenerateOptions } from '../../models/chat-model.js'
import { markOf } from '../support/serving/adapter-server.js'
import { modelFolder } from './folders.js'
import { about, checkpoint, night, say, setting } from './setting.js'

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
