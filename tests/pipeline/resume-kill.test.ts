import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { randomAt } from '../../common/random.js'
import { attune, childrenOf, isRunning, start, until } from '../helpers/attune.js'
import { AMARA, bytesOf, configFile, filesIn, temporaryFolder } from '../helpers/run-folder.js'

const KILLS = 20
/** Something of each stage: the kill follows the first new one, somewhere within 40 ms. */
const MARKS = [
  'journal.jsonl',
  'records.parquet',
  'pairs.parquet',
  'job.json',
  '.tmp',
  'training.json',
  'training-log.json',
  'checkpoint.json',
  'timing.json',
  'metrics.json',
]
const TARGETS = ['group', 'parent', 'workers'] as const
type Target = (typeof TARGETS)[number]

const marked = (run: string, mark: string): number =>
  existsSync(run)
    ? filesIn(run).filter(
        (file) =>
          (file.includes('arms/') && file.endsWith(mark)) || (mark === '.tmp' && file.includes('.tmp/')),
      ).length
    : 0

const folder = temporaryFolder()
let config: string
let unbroken: Record<string, string>
beforeAll(async () => {
  config = configFile(folder, { personas: [AMARA], workers: 1 })
  const { code, stderr } = await attune(['run', config, '--runs', join(folder, 'unbroken')])
  expect(code, stderr).toBe(0)
  unbroken = bytesOf(join(folder, 'unbroken', 'tiny'))
})

/** Runs until a new file of a kind stands and a little longer, then kills. Null when the run was faster. */
async function killAt(runs: string, mark: string, target: Target, delay: number): Promise<number[] | null> {
  const run = join(runs, 'tiny')
  const before = marked(run, mark)
  const { pid, child, ended } = start(['run', config, '--runs', runs])
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null
  await until(() => gone() || marked(run, mark) > before, mark)
  await new Promise((resolve) => setTimeout(resolve, delay))
  const workers = childrenOf(pid)
  if (gone() || workers.length === 0) {
    const { code, stderr } = await ended
    expect(code, stderr).toBe(0)
    return null
  }
  if (target === 'group') process.kill(-pid, 'SIGKILL')
  else if (target === 'parent') process.kill(pid, 'SIGKILL')
  else for (const worker of workers) process.kill(worker, 'SIGKILL')
  if (target === 'workers') {
    const { code, stderr } = await ended
    // a worker may have been at its end already
    if (code === 0) return null
    expect(code, stderr).toBe(1)
    expect(stderr).toContain('WORKER_DIED')
  } else await until(gone, 'the end of the run')
  return workers
}

describe('a run killed with kill -9', () => {
  it(`at ${KILLS} moments of all stages ends with the bytes of one never killed`, async () => {
    const orphans: number[] = []
    for (let kills = 0, round = 0; kills < KILLS; round++) {
      const runs = join(folder, `killed-${round}`)
      for (let killed = true; killed && kills < KILLS;) {
        const mark = MARKS[kills % MARKS.length]!
        const target = TARGETS[kills % TARGETS.length]!
        // the next call follows at once, while workers of a killed parent are still on their way out
        const workers = await killAt(runs, mark, target, 40 * randomAt('kill', kills, round).next())
        killed = workers !== null
        kills += killed ? 1 : 0
        orphans.push(...(workers ?? []))
      }
      const { code, stderr } = await attune(['run', config, '--runs', runs])
      expect(code, stderr).toBe(0)
      expect(bytesOf(join(runs, 'tiny'))).toEqual(unbroken)
    }
    await until(() => !orphans.some(isRunning), 'the end of workers without a run', 5000)
  }, 240_000)
})
