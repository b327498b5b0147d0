import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadPersonas } from '../../configs/load-personas.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { loadWorld } from '../../configs/load-world.js'
import type { ProgressEvent } from '../../pipeline/progress/events.js'
import { TaskRunner } from '../../pipeline/run/do-task.js'
import { RunFolder } from '../../pipeline/run/run-folder.js'
import { attune } from '../helpers/attune.js'
import { AMARA, BRUNO, bytesOf, configFile, temporaryFolder, timesOf } from '../helpers/run-folder.js'

const folder = temporaryFolder()

/** A whole run of the tiny configuration with some keys changed; the folder it lies in. */
async function lived(runs: string, changes: Record<string, unknown> = {}): Promise<string> {
  const config = configFile(join(folder, runs), changes)
  const { code, stderr } = await attune(['run', config, '--runs', join(folder, runs)])
  expect(code, stderr).toBe(0)
  return join(folder, runs, 'tiny')
}

/** What differs by intent: the manifest holds the number of workers. */
function withoutManifest(bytes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(bytes).filter(([file]) => file !== 'manifest.json'))
}

describe('a run', () => {
  it('gives the same bytes with one worker and with two', async () => {
    const one = bytesOf(await lived('one', { workers: 1 }))
    expect(withoutManifest(one)).toEqual(withoutManifest(bytesOf(await lived('two', { workers: 2 }))))
  })

  it('extended by a day, an arm and a persona gives the bytes of one made so at once, and rewrites nothing', async () => {
    const grown = {
      days: 2,
      personas: [BRUNO, AMARA],
      arms: { full: {}, none: { 'trainer.backend': 'none' } },
    }
    const run = await lived('grown', { days: 1, personas: [AMARA] })
    const steps = [
      { days: 2, personas: [AMARA] },
      { days: 2, personas: [AMARA], arms: grown.arms },
      { ...grown, references: ['silent', 'always'] },
    ]
    for (const step of steps) {
      const before = timesOf(run)
      await lived('grown', step)
      expect(timesOf(run)).toMatchObject(before)
    }
    expect(bytesOf(run)).toEqual(bytesOf(await lived('at-once', steps.at(-1))))
  })

  it('called again when it is finished does nothing anew', async () => {
    const run = join(folder, 'two', 'tiny')
    const [times, bytes] = [timesOf(run), bytesOf(run)]
    await lived('two', { workers: 2 })
    expect(timesOf(run)).toEqual(times)
    expect(bytesOf(run)).toEqual(bytes)
  })
})

describe('a day whose journal is cut off', () => {
  const config = loadRunConfig(
    configFile(join(folder, 'cut'), { days: 1, arms: { none: { 'trainer.backend': 'none' } } }),
  )
  const world = loadWorld()
  const personas = loadPersonas([AMARA], world)
  const live = async (root: string, emit: (event: ProgressEvent) => void = () => {}): Promise<void> => {
    const runner = new TaskRunner({ root, config, world, personas })
    await runner.run({ kind: 'arm', arm: 'none', persona: AMARA }, emit)
  }
  const journalIn = (root: string): string => new RunFolder(root).day('none', AMARA, 1).journal
  let journal: Buffer
  let bytes: Record<string, string>

  beforeAll(async () => {
    const root = join(folder, 'cut', 'whole')
    await live(root, (event) => {
      if (event.type === 'stage' && event.done === event.of) journal = readFileSync(journalIn(root))
    })
    bytes = bytesOf(root)
  })

  it('at any byte is lived to the same bytes', async () => {
    let n = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(journal.length), async (size) => {
        const root = join(folder, 'cut', String(n++))
        mkdirSync(dirname(journalIn(root)), { recursive: true })
        writeFileSync(journalIn(root), journal.subarray(0, size))
        await live(root)
        expect(bytesOf(root)).toEqual(bytes)
      }),
      { numRuns: 8, examples: [[0], [journal.length], [journal.length - 1], [journal.indexOf(10) + 1]] },
    )
  })

  it('is not lived on after a step written twice', async () => {
    const root = join(folder, 'cut', 'twice')
    mkdirSync(dirname(journalIn(root)), { recursive: true })
    const first = journal.subarray(0, journal.indexOf(10) + 1)
    writeFileSync(journalIn(root), Buffer.concat([first, first]))
    await expect(live(root)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT', details: { line: 2 } })
  })
})
