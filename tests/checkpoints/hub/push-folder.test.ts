import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pushFolder, type PushOptions } from '../../../checkpoints/hub/push-folder.js'
import { HUB_TOKEN, type PlayedHub, playHub } from '../../support/trainers/hub.js'

let hub: PlayedHub
let folder: string
beforeEach(async () => {
  hub = await playHub()
  folder = mkdtempSync(join(tmpdir(), 'attune-push-'))
  mkdirSync(join(folder, 'deep/er'), { recursive: true })
  writeFileSync(join(folder, 'model.safetensors'), Buffer.alloc(5000, 7))
  writeFileSync(join(folder, 'deep/er/README.md'), '# Täglich')
})
afterEach(async () => {
  await hub.close()
  rmSync(folder, { recursive: true, force: true })
})

const push = (further: Partial<PushOptions> = {}): Promise<{ url: string; commit: string }> =>
  pushFolder({
    repo: 'tester/mine',
    type: 'model',
    folder,
    message: 'Checkpoint',
    accessToken: HUB_TOKEN,
    hubUrl: `${hub.url}/`,
    retries: 2,
    backoffMs: 1,
    ...further,
  })

describe('a push to the Hub', () => {
  it('is one commit with all files, in a private repository made for it', async () => {
    const { url, commit } = await push()
    const repo = hub.repos.find('models', 'tester/mine')
    expect(url).toBe(`${hub.url}/tester/mine`)
    expect(repo.private).toBe(true)
    expect(repo.commits.size).toBe(2)
    expect(repo.commits.get(commit)).toMatchObject({ message: 'Checkpoint' })
    const { files } = hub.repos.at(repo, 'main')
    expect([...files.keys()].toSorted()).toEqual(['.gitattributes', 'deep/er/README.md', 'model.safetensors'])
    expect(files.get('model.safetensors')).toEqual(Buffer.alloc(5000, 7))
    expect(files.get('deep/er/README.md')?.toString()).toBe('# Täglich')
    expect(hub.objections).toEqual([])
  })

  it('leaves out hidden files and links, which may lead anywhere', async () => {
    writeFileSync(join(folder, '.env'), 'SECRET=1')
    mkdirSync(join(folder, '.git'))
    writeFileSync(join(folder, '.git/config'), 'x')
    symlinkSync('/etc/hostname', join(folder, 'link.txt'))
    const { commit } = await push()
    const names = [...hub.repos.find('models', 'tester/mine').commits.get(commit)!.files.keys()]
    expect(names.filter((name) => /env|git\/|link/.test(name))).toEqual([])
  })

  it('goes on in a repository that is there, without uploading large files again', async () => {
    await push()
    const uploads = (): number => hub.log.filter((label) => label.startsWith('PUT /signed/')).length
    expect(uploads()).toBe(1)
    await push({ message: 'Again' })
    expect(uploads()).toBe(1)
    expect(hub.repos.find('models', 'tester/mine').commits.size).toBe(3)
  })

  it('takes contents instead of a folder, and datasets', async () => {
    const files = [{ path: 'data/train.jsonl', content: new Blob(['{}\n']) }]
    const { url } = await pushFolder({
      repo: 'tester/pairs',
      type: 'dataset',
      files,
      message: 'Pairs',
      accessToken: HUB_TOKEN,
      hubUrl: hub.url,
    })
    expect(url).toBe(`${hub.url}/datasets/tester/pairs`)
    const { files: stored } = hub.repos.at(hub.repos.find('datasets', 'tester/pairs'), 'main')
    expect(stored.get('data/train.jsonl')?.toString()).toBe('{}\n')
  })

  it('refuses a public repository, unless it may be public', async () => {
    hub.repos.put('model', 'tester/mine', false)
    await expect(push()).rejects.toMatchObject({ code: 'HUB_REPO_PUBLIC' })
    expect(hub.log.some((label) => label.includes('/commit/'))).toBe(false)
    await expect(push({ private: false })).resolves.toMatchObject({ url: `${hub.url}/tester/mine` })
  })

  it.each(['/repos/create', '/preupload/', '/objects/batch', 'PUT /signed/', '/commit/'])(
    'goes on when %s is refused for a while or gets no answer',
    async (on) => {
      hub.faults.push({ on, kind: { status: 503, body: {} } })
      hub.faults.push({ on, kind: 'before' })
      await push()
      expect(hub.repos.at(hub.repos.find('models', 'tester/mine'), 'main').files.size).toBe(3)
    },
  )

  it('waits as long as the Hub tells when its rate is too high', async () => {
    const headers = { ratelimit: '"api";r=0;t=1' }
    hub.faults.push({ on: '/commit/', kind: { status: 429, body: {}, headers } })
    const begun = performance.now()
    await push()
    expect(performance.now() - begun).toBeGreaterThan(950)
  })

  it.each([
    [401, 'HUB_DENIED'],
    [402, 'HUB_CREDITS'],
    [403, 'HUB_DENIED'],
    [404, 'HUB_NOT_FOUND'],
    [422, 'HUB_REFUSED'],
    [500, 'HUB_UNREACHABLE'],
  ])('answered with %i is told as %s, without the address', async (status, code) => {
    hub.faults.push({ on: 'PUT /signed/', kind: { status, body: { error: 'said by the Hub' } }, times: 9 })
    const error: unknown = await push().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code, message: expect.stringContaining('said by the Hub') })
    expect((error as Error).message).not.toContain('X-Amz-Signature')
  })

  it('wants a token of Hugging Face, and says so before anything is sent', async () => {
    await expect(push({ accessToken: 'sk-1' })).rejects.toMatchObject({ code: 'HUB_TOKEN_INVALID' })
    expect(hub.log).toEqual([])
  })

  it('stops when it is told to', async () => {
    const controller = new AbortController()
    hub.hook = (moment, label) => {
      if (moment === 'before' && label.includes('/preupload/')) controller.abort(new Error('enough'))
      return undefined
    }
    await expect(push({ signal: controller.signal })).rejects.toThrow('enough')
    expect(hub.repos.find('models', 'tester/mine').commits.size).toBe(1)
  })

  it('tells which folder cannot be read', async () => {
    await expect(push({ folder: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'FILE_READ_FAILED',
    })
  })
})
