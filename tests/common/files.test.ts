import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex, stableJson, writeFileAtomic, writeJsonAtomic } from '../../common/files.js'
import { packageRoot } from '../../common/package-root.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-files-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('writeFileAtomic', () => {
  it('replaces the old content and leaves nothing else behind', async () => {
    const path = join(folder, 'a.bin')
    await writeFile(path, 'old')
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3))
    expect([...(await readFile(path))]).toEqual([1, 2, 3])
    expect(await readdir(folder)).toEqual(['a.bin'])
  })

  it('keeps the last of many writes at the same time whole', async () => {
    const path = join(folder, 'a.txt')
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(5000))
    await Promise.all(texts.map((text) => writeFileAtomic(path, text)))
    expect(texts).toContain(await readFile(path, 'utf8'))
    expect(await readdir(folder)).toEqual(['a.txt'])
  })

  it('says which file could not be written and what to do', async () => {
    const path = join(folder, 'missing', 'a.txt')
    await expect(writeFileAtomic(path, 'x')).rejects.toMatchObject({
      code: 'FILE_WRITE_FAILED',
      kind: 'io',
      details: { file: path, hint: expect.stringContaining('folder') },
    })
  })

  it('removes the temporary file when the target cannot be replaced', async () => {
    await expect(writeFileAtomic(folder, 'x')).rejects.toMatchObject({ kind: 'io' })
    expect(
      (await readdir(join(folder, '..'))).filter((name) => name.startsWith(`.${folder.split('/').pop()}`)),
    ).toEqual([])
  })
})

describe('writeJsonAtomic', () => {
  it('gives equal bytes for equal values', async () => {
    expect(stableJson({ b: 1, a: { d: [{ z: 1, y: 2 }], c: null } })).toBe(
      stableJson({ a: { c: null, d: [{ y: 2, z: 1 }] }, b: 1 }),
    )
    await writeJsonAtomic(join(folder, 'a.json'), { b: 1, a: 2 })
    expect(await readFile(join(folder, 'a.json'), 'utf8')).toBe('{\n  "a": 2,\n  "b": 1\n}\n')
  })
})

describe('sha256Hex', () => {
  it('is the standard hash of UTF-8 text', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})

describe('packageRoot', () => {
  it('holds the package.json of attune', async () => {
    const manifest: unknown = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8'))
    expect(manifest).toMatchObject({ name: 'attune' })
  })
})
