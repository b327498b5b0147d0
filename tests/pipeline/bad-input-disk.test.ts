import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attune } from '../helpers/attune.js'
import { AMARA, bytesOf, configFile, filesIn, temporaryFolder } from '../helpers/run-folder.js'

const folder = temporaryFolder()
const config = configFile(folder, { personas: [AMARA], workers: 1 })
const disk = join(folder, 'disk')
mkdirSync(disk)
const options = (size: string): string[] => ['-o', `size=${size}`, '-t', 'tmpfs', 'tmpfs', disk]
/** A file system of our own needs the rights of root. */
const canMount = spawnSync('mount', options('16k')).status === 0
afterAll(() => {
  if (canMount) execFileSync('umount', [disk])
})

let unbroken: Record<string, string>
beforeAll(async () => {
  expect((await attune(['run', config, '--runs', join(folder, 'roomy')])).code).toBe(0)
  unbroken = bytesOf(join(folder, 'roomy/tiny'))
})

/** Only the journal of the day under way may change. */
function expectSealedKept(before: Record<string, string>, after: Record<string, string>): void {
  const sealed = Object.keys(before).filter((file) => /day-.*(?<!journal\.jsonl)$/.test(file))
  for (const file of sealed) expect(after[file], file).toBe(before[file])
}

describe.runIf(canMount)('a full disk', () => {
  it('is told with the file and what to do, keeps what was sealed, and leaves room for the same command to go on', async () => {
    const run = join(disk, 'tiny')
    let before: Record<string, string> = {}
    // too small for the journal; for the tables; for the first night's weights; for the second's
    for (const size of ['16k', '48k', '1m', '2500k']) {
      execFileSync('mount', ['-o', `remount,size=${size}`, disk])
      const { code, stdout, stderr } = await attune(['run', config, '--runs', disk])
      expect({ code, stdout }, `${size}: ${stderr}`).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain('ENOSPC')
      expect(stderr).toContain(`${run}/`)
      expect(stderr).toContain('hint: Free space on the disk and run the same command again.')
      expect(stderr).toContain('code: FILE_WRITE_FAILED')
      expect(stderr).not.toMatch(/^ +at |defect of attune/m)
      expect(filesIn(disk).filter((file) => /\.tmp|lock/.test(file))).toEqual([])
      expectSealedKept(before, (before = bytesOf(run)))
    }
    expect(existsSync(join(run, 'arms/full', AMARA, 'day-01/checkpoint.json'))).toBe(true)
    execFileSync('mount', ['-o', 'remount,size=64m', disk])
    const { code, stderr } = await attune(['run', config, '--runs', disk])
    expect(code, stderr).toBe(0)
    expect(bytesOf(run)).toEqual(unbroken)
  })
})

describe.runIf(process.platform === 'linux')('a limit on the size of files', () => {
  it('is told in the same way, and the same command without it goes on', async () => {
    const runs = join(folder, 'limited')
    const under = ['prlimit', '--fsize=1000000']
    const { code, stderr } = await attune(['run', config, '--runs', runs], { under })
    expect(code).toBe(1)
    expect(stderr).toMatch(/could not write .*EFBIG/)
    expect(stderr).toContain('code: FILE_WRITE_FAILED')
    const again = await attune(['run', config, '--runs', runs])
    expect(again.code, again.stderr).toBe(0)
    expect(bytesOf(join(runs, 'tiny'))).toEqual(unbroken)
  })
})
