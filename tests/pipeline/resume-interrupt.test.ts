import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { takeLock } from '../../pipeline/run/lock.js'
import { attune, childrenOf, isRunning, start, type Started, until } from '../helpers/attune.js'
import { AMARA, bytesOf, configFile, filesIn, temporaryFolder } from '../helpers/run-folder.js'

const folder = temporaryFolder()
/** Long enough to be met in the middle. */
const config = configFile(folder, { days: 1, personas: [AMARA], simulator: { stepSeconds: 300 }, workers: 2 })
const runIn = (runs: string): string[] => ['run', config, '--runs', join(folder, runs)]
const journalOf = (runs: string): string => join(folder, runs, `tiny/arms/full/${AMARA}/day-01/journal.jsonl`)

/** A run that is living its first day, with its workers. */
async function underWay(runs: string): Promise<Started & { workers: number[] }> {
  const started = start(runIn(runs))
  await until(() => existsSync(journalOf(runs)), 'the journal')
  return { ...started, workers: childrenOf(started.pid) }
}

let unbroken: Record<string, string>
beforeAll(async () => {
  expect((await attune(runIn('unbroken'))).code).toBe(0)
  unbroken = bytesOf(join(folder, 'unbroken/tiny'))
})

describe('Ctrl-C', () => {
  it('ends with 130, keeps the journal, leaves no worker, and the same command goes on to the same bytes', async () => {
    const { pid, ended, workers } = await underWay('once')
    expect(workers.length).toBeGreaterThan(0)
    // as a terminal does: to the whole foreground group
    process.kill(-pid, 'SIGINT')
    const { code, signal, stdout, stderr } = await ended
    expect({ code, signal, stdout }).toEqual({ code: 130, signal: null, stdout: '' })
    expect(stderr).toContain('stopping after this step; Ctrl-C again ends at once')
    expect(stderr).toContain('everything lived so far is kept')
    expect(stderr).toContain('Run the same command again')
    expect(stderr).not.toMatch(/^ +at /m)
    expect(workers.filter(isRunning)).toEqual([])
    expect(existsSync(journalOf('once'))).toBe(true)
    expect(filesIn(join(folder, 'once')).filter((file) => /lock|tmp/.test(file))).toEqual([])
    const again = await attune(runIn('once'))
    expect(again.code, again.stderr).toBe(0)
    expect(bytesOf(join(folder, 'once/tiny'))).toEqual(unbroken)
  })

  it('twice ends at once, with 130 and no worker', async () => {
    const { pid, ended, workers, stderr } = await underWay('twice')
    // workers that do not come to the end of their step
    for (const worker of workers) process.kill(worker, 'SIGSTOP')
    process.kill(pid, 'SIGINT')
    await until(() => stderr().includes('Ctrl-C again'), 'the first answer')
    const since = performance.now()
    process.kill(pid, 'SIGINT')
    for (const worker of workers) process.kill(worker, 'SIGCONT')
    expect((await ended).code).toBe(130)
    expect(performance.now() - since).toBeLessThan(5000)
    await until(() => !workers.some(isRunning), 'the end of the workers', 5000)
  })
})

describe('a run whose parent is killed', () => {
  it('leaves no worker behind, and its lock is taken over', async () => {
    const { pid, ended, workers } = await underWay('orphans')
    process.kill(pid, 'SIGKILL')
    await until(() => !workers.some(isRunning), 'the end of the workers', 5000)
    await ended
    expect(existsSync(join(folder, 'orphans/tiny/run.lock'))).toBe(true)
    const again = await attune(runIn('orphans'))
    expect(again.code, again.stderr).toBe(0)
    expect(bytesOf(join(folder, 'orphans/tiny'))).toEqual(unbroken)
  })
})

describe('a worker killed from outside', () => {
  it('ends the run with WORKER_DIED and what to do', async () => {
    const { ended, workers } = await underWay('worker')
    process.kill(workers[0]!, 'SIGKILL')
    const { code, stderr } = await ended
    expect(code).toBe(1)
    expect(stderr).toContain(`worker ${workers[0]} ended by itself (SIGKILL)`)
    expect(stderr).toContain('Set `workers` lower. Run the same command again')
    expect(stderr).toContain('code: WORKER_DIED')
    expect(stderr).not.toMatch(/^ +at /m)
    expect(workers.filter(isRunning)).toEqual([])
  })
})

describe('a run folder', () => {
  it('is refused while another process works on it', async () => {
    const { pid, ended } = await underWay('shared')
    // a fast machine would be done before the second one has started
    process.kill(-pid, 'SIGSTOP')
    const second = await attune(runIn('shared'))
    expect(second.code).toBe(2)
    expect(second.stderr).toContain(`process ${pid} is working on this run`)
    expect(second.stderr).toContain('shared/tiny/run.lock')
    expect(second.stderr).toContain('give this run another `name`')
    expect(second.stderr).toContain('code: RUN_LOCKED')
    process.kill(-pid, 'SIGKILL')
    await ended
  })

  it('has a lock that one holder at a time takes', async () => {
    const file = join(folder, 'held.lock')
    const release = await takeLock(file)
    await expect(takeLock(file)).rejects.toMatchObject({ code: 'RUN_LOCKED', details: { file } })
    await release()
    await (
      await takeLock(file)
    )()
    expect(existsSync(file)).toBe(false)
  })

  it('has its lock taken over from a process that is gone, whose number is another one by now, or that never named itself', async () => {
    const gone = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => gone.on('exit', resolve))
    const file = join(folder, 'stale.lock')
    for (const text of [`${gone.pid} 12345`, `${process.pid} 1`, '', 'no number']) {
      writeFileSync(file, text)
      await (
        await takeLock(file)
      )()
    }
  })
})
