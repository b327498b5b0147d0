import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectFolder } from '../../checkpoints/inspect-folder.js'
import { BASE, BASE_COMMIT } from '../support/serving/hf-endpoint.js'
import { modelFolder } from './folders.js'
import { changes, endpointSetting, openServer, REPO } from './hf-endpoint-setting.js'
import { checkpoint, say } from './setting.js'

const PUT = 'PUT /v2/endpoint/tester/nights'
const RESUME = 'POST /v2/endpoint/tester/nights/resume'

describe('an Inference Endpoint', () => {
  it('speaks as the base on the first day, and as the commit of each night then', async () => {
    const { endpoint, hub, server, nightOf } = await endpointSetting()
    const base = await server.serve(null)
    expect([base.id, await say(base)]).toEqual([BASE, `by ${BASE}@${BASE_COMMIT}`])
    expect(changes(endpoint)).toEqual([])
    const revisions = new Set<string>()
    for (const seed of [1, 2]) {
      const night = await nightOf(seed)
      const model = await server.serve(night)
      const repo = hub.repos.find('models', REPO)
      const { oid, files, message } = hub.repos.at(repo, 'main')
      expect([model.id, await say(model)]).toEqual([`night${seed}`, `by ${REPO}@${oid}`])
      expect(files.get('adapter_model.safetensors')).toEqual(
        readFileSync(join(night.dir!, 'adapter_model.safetensors')),
      )
      expect(JSON.parse(files.get('adapter_config.json')!.toString())).toMatchObject({
        base_model_name_or_path: BASE,
      })
      expect([repo.private, message]).toEqual([true, `attune checkpoint night${seed}`])
      revisions.add(oid)
    }
    expect(endpoint.moves).toEqual(
      [...revisions].map((revision) => ({ model: { repository: REPO, revision } })),
    )
    expect(endpoint.objections).toEqual([])
  })

  it('takes all weights of a model, and no file of an adapter before stays beside them', async () => {
    const { hub, root, server, nightOf } = await endpointSetting()
    await server.serve(await nightOf(1))
    const dir = await modelFolder()
    const model = await server.serve({ checkpoint: checkpoint({ id: 'whole', kind: 'full' }), dir })
    const { oid, files } = hub.repos.at(hub.repos.find('models', REPO), 'main')
    expect(await say(model)).toBe(`by ${REPO}@${oid}`)
    expect([...files.keys()].filter((name) => /adapter|training/.test(name))).toEqual([])
    for (const name of ['config.json', 'tokenizer.json'])
      expect(files.has(name), `${name} of ${root}`).toBe(true)
    await expect(inspectFolder(dir, { kind: 'full', base: 'nano' })).resolves.toBeDefined()
  })

  it('is not moved, and nothing pushed, where it stands already', async () => {
    const { endpoint, hub, server, another, nightOf } = await endpointSetting()
    const night = await nightOf(1)
    await server.serve(night)
    const commits = hub.repos.find('models', REPO).commits.size
    endpoint.log.length = 0
    hub.log.length = 0
    await say(await server.serve(night))
    expect(endpoint.log.filter((label) => label.includes('/v2/'))).toEqual([])
    await say(await another().serve(night))
    expect(changes(endpoint)).toEqual([])
    expect([hub.log, hub.repos.find('models', REPO).commits.size]).toEqual([[], commits])
  })

  it('is put back to its base, at the latest commit or the one that is told', async () => {
    const { endpoint, hub, server, another, nightOf, fields, root } = await endpointSetting()
    const night = await nightOf(1)
    await server.serve(night)
    const latest = hub.repos.at(hub.repos.find('models', BASE), 'main').oid
    expect(await say(await another().serve(null))).toBe(`by ${BASE}@${latest}`)
    await another().serve(night)
    const first = [...hub.repos.find('models', BASE).commits.keys()][0]!
    const pinned = { ...fields, endpoint: { ...(fields['endpoint'] as object), revision: first } }
    expect(await say(await openServer(pinned, root).serve(null))).toBe(`by ${BASE}@${first}`)
    // and the server that served the night knows that it is gone
    await server.serve(null)
    expect(await say(await server.serve(night))).toContain(REPO)
    expect(endpoint.objections).toEqual([])
  })

  it('whose API tells too early that it runs is not believed at once', async () => {
    const { endpoint, server, nightOf } = await endpointSetting()
    endpoint.updates = ['running', 'updating', 'updating', 'running']
    const { revision } = endpoint.target
    endpoint.speaks = `${BASE}@${revision}`
    expect(await say(await server.serve(await nightOf(1)))).toContain(REPO)
  })

  it.each([null, 'fixed', 'repository'] as const)('is asked by the name that it tells: %s', async (names) => {
    const { endpoint, server, nightOf } = await endpointSetting()
    endpoint.names = names
    await server.serve(null)
    expect(await say(await server.serve(await nightOf(1)))).toContain(REPO)
  })

  it('that is paused is resumed, once it is moved', async () => {
    const { endpoint, server, nightOf } = await endpointSetting()
    endpoint.state = 'paused'
    await server.serve(await nightOf(1))
    expect(changes(endpoint)).toEqual([PUT, RESUME])
  })

  it('that is scaled to zero is woken by being asked, also in the middle of a day', async () => {
    const { endpoint, server, nightOf } = await endpointSetting()
    endpoint.state = 'scaledToZero'
    const model = await server.serve(await nightOf(1))
    expect(changes(endpoint)).toEqual([PUT])
    const { revision } = endpoint.target
    endpoint.state = 'scaledToZero'
    endpoint.starts = Array.from({ length: 30 }, (_, i) => (i < 29 ? 'initializing' : 'running'))
    expect(await say(model)).toBe(`by ${REPO}@${revision}`)
  })

  it('that runs but does not answer yet is waited for', async () => {
    const { endpoint, server, nightOf } = await endpointSetting()
    let asked = 0
    endpoint.healthy = () => ++asked > 3
    await server.serve(await nightOf(1))
    expect(asked).toBeGreaterThan(3)
  })

  it.each(['updateFailed', 'failed'] as const)(
    '%s is told with its message, and tried again',
    async (state) => {
      const { endpoint, server, another, nightOf } = await endpointSetting()
      endpoint.updates = ['updating', state]
      endpoint.message = 'CUDA out of memory'
      const night = await nightOf(1)
      await expect(server.serve(night)).rejects.toMatchObject({
        code: 'HF_ENDPOINT_FAILED',
        message: expect.stringMatching(new RegExp(`${state} at ${REPO}@.*CUDA out of memory`)),
      })
      endpoint.updates = ['updating', 'running']
      expect(await say(await another().serve(night))).toContain(REPO)
    },
  )

  it('that is paused while it is waited for is told with the command', async () => {
    const { endpoint, server, nightOf } = await endpointSetting()
    endpoint.updates = ['updating', 'paused']
    await expect(server.serve(await nightOf(1))).rejects.toMatchObject({
      code: 'HF_ENDPOINT_FAILED',
      details: { hint: expect.stringContaining('hf endpoints resume nights --namespace tester') },
    })
  })

  it('that somebody else moves meanwhile is told', async () => {
    const { endpoint, server, nightOf } = await endpointSetting()
    endpoint.hook = (moment, label) => {
      if (moment === 'after' && label === PUT)
        endpoint.target = { repository: 'lab/other', revision: 'c'.repeat(40) }
      return undefined
    }
    await expect(server.serve(await nightOf(1))).rejects.toMatchObject({
      code: 'HF_ENDPOINT_FAILED',
      message: expect.stringContaining('lab/other'),
    })
  })

  it.each(['pending', 'initializing', 'updating'] as const)(
    'that stays %s is told in time',
    async (state) => {
      const { endpoint, server, nightOf } = await endpointSetting({ timeoutMinutes: 0.001 })
      endpoint.updates = [state]
      endpoint.message = 'no capacity'
      await expect(server.serve(await nightOf(1))).rejects.toMatchObject({
        code: 'HF_ENDPOINT_LATE',
        message: expect.stringMatching(new RegExp(`${state}: no capacity`)),
      })
    },
  )

  it('at another address is told before anything is pushed or sent there', async () => {
    const { endpoint, hub, server, nightOf } = await endpointSetting()
    endpoint.told = 'https://abc.eu-west-1.aws.endpoints.huggingface.cloud'
    for (const stored of [null, await nightOf(1)])
      await expect(server.serve(stored)).rejects.toMatchObject({
        code: 'HF_ENDPOINT_ELSEWHERE',
        details: { hint: `set it to ${endpoint.told}/v1` },
      })
    expect([hub.log, changes(endpoint)]).toEqual([[], []])
  })

  it.each([
    [401, /HF_TOKEN/],
    [402, /credits/],
    [404, /creates none/],
    [400, /correct/],
  ])('status %d of its API is told with what to do', async (status, hint) => {
    const { endpoint, server, nightOf } = await endpointSetting()
    endpoint.faults.push({ on: PUT, kind: { status, body: { error: 'no, hf_played' } } })
    await expect(server.serve(await nightOf(1))).rejects.toMatchObject({
      code: 'HF_ENDPOINT_REFUSED',
      message: expect.not.stringContaining('hf_played'),
      details: { hint: expect.stringMatching(hint) },
    })
  })

  it('is asked again after 429, 503 and cut connections, and told when that does not end', async () => {
    const { endpoint, server, another, nightOf } = await endpointSetting()
    const night = await nightOf(1)
    endpoint.faults.push({ on: PUT, kind: { status: 429 } }, { on: PUT, kind: 'after' })
    await server.serve(night)
    endpoint.faults.push({ on: '/v2/', kind: { status: 503 }, times: 3 })
    await expect(another().serve(night)).rejects.toMatchObject({ code: 'MODEL_UNREACHABLE' })
    endpoint.faults.push({ on: '/v2/', kind: { status: 200, body: '<html>' } })
    await expect(another().serve(night)).rejects.toMatchObject({ code: 'MODEL_UNREACHABLE' })
  })

  it('is let go of when the run is stopped', async () => {
    const { endpoint, server, nightOf } = await endpointSetting()
    endpoint.updates = ['updating']
    const stop = new AbortController()
    endpoint.hook = (_, label) => {
      if (label === PUT) setTimeout(() => stop.abort(new Error('stopped')), 20)
      return undefined
    }
    await expect(server.serve(await nightOf(1), stop.signal)).rejects.toThrow('stopped')
  })

  it('is never moved to a folder that is not safe, nor to a repository that is public', async () => {
    const { endpoint, hub, server, nightOf } = await endpointSetting()
    const night = await nightOf(1)
    writeFileSync(join(night.dir!, 'adapter_model.bin'), 'x')
    await expect(server.serve(night)).rejects.toMatchObject({ code: 'CHECKPOINT_UNSAFE' })
    hub.repos.put('model', REPO, false)
    await expect(server.serve(await nightOf(2))).rejects.toMatchObject({ code: 'HUB_REPO_PUBLIC' })
    expect(changes(endpoint)).toEqual([])
  })

  it('a note of what was pushed that is damaged, or of another repository, is not believed', async () => {
    const { endpoint, server, another, nightOf } = await endpointSetting()
    const night = await nightOf(1)
    await server.serve(night)
    const note = join(dirname(night.dir!), 'hf-endpoint.json')
    expect(existsSync(note)).toBe(true)
    for (const text of [
      '{',
      JSON.stringify({ name: 'attune-night1', repository: 'a/b', revision: 'c'.repeat(40) }),
    ]) {
      writeFileSync(note, text)
      expect(await say(await another().serve(night))).toContain(REPO)
    }
    expect(endpoint.objections).toEqual([])
  })
})
