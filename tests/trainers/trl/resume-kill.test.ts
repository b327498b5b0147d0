import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CollectedJob } from '../../../trainers/trainer.js'
import { isRunning, until } from '../../helpers/attune.js'
import { FakePython } from '../../support/trainers/fake-python.js'
import { someJob, trainerConfig } from '../../support/trainers/hosted-job.js'

const script = fileURLToPath(new URL('../../support/trainers/trl-child.ts', import.meta.url))

let home: string
let python: FakePython
const children: ChildProcess[] = []
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'attune-trl-kill-'))
  python = new FakePython(home)
  const config = trainerConfig({ backend: 'trl', trl: { python: python.path }, lora: { rank: 4 } })
  const job = someJob(config, 'org/model', { outputDir: join(home, 'day', 'checkpoint') })
  writeFileSync(join(home, 'job.json'), JSON.stringify(job))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

function begin(...more: string[]): ChildProcess {
  const files = ['job.json', 'handle.json', 'result.json'].map((name) => join(home, name))
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...files, ...more], { stdio: 'inherit' })
  children.push(child)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await until(() => child.exitCode !== null || child.signalCode !== null, 'the end of attune')
}

async function finish(): Promise<CollectedJob> {
  const child = begin()
  await until(() => child.exitCode !== null || child.signalCode !== null, 'the end of the night')
  expect(child.exitCode).toBe(0)
  return JSON.parse(readFileSync(join(home, 'result.json'), 'utf8')) as CollectedJob
}

it('killed before the handle is stored, Python never begins; the next call begins once', async () => {
  const child = begin('hold')
  const held = join(home, 'handle.json.held')
  await until(() => existsSync(held), 'the handle')
  const { id } = JSON.parse(readFileSync(held, 'utf8')) as { id: string }
  await kill(child)
  await until(() => !isRunning(Number(id)), 'the end of Python')
  expect(python.began).toEqual([])
  expect((await finish()).log).toHaveLength(3)
  expect(python.began).toHaveLength(1)
})

it.each(['loaded', 'step', 'done'] as const)(
  'killed at %s while Python goes on, it is found again and waited for',
  async (gate) => {
    python.plans({ gates: [gate] })
    const child = begin()
    await until(() => python.at(gate) !== null, gate)
    await kill(child)
    const pid = python.at(gate)!
    expect(isRunning(pid)).toBe(true)
    const next = finish()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    python.open(gate)
    expect((await next).log.map(({ step }) => step)).toEqual([1, 2, 3])
    expect(python.began.map((begun) => begun.pid)).toEqual([pid])
  },
)

it('killed, and Python done in the meantime, its output is taken', async () => {
  python.plans({ gates: ['step'] })
  const child = begin()
  await until(() => python.at('step') !== null, 'the second step')
  await kill(child)
  python.open('step')
  await until(() => !isRunning(python.at('step')!), 'the end of Python')
  expect((await finish()).checkpoint.kind).toBe('adapter')
  expect(python.began).toHaveLength(1)
})

it('killed together with Python, as by a power cut, the night is trained anew', async () => {
  python.plans({ gates: ['step'] })
  const child = begin()
  await until(() => python.at('step') !== null, 'the second step')
  await kill(child)
  process.kill(python.at('step')!, 'SIGKILL')
  await until(() => !isRunning(python.began[0]!.pid), 'the end of Python')
  python.plans({})
  expect((await finish()).log).toHaveLength(3)
  expect(python.began).toHaveLength(2)
})

it('a process that has taken over the id of a dead one is not waited for', async () => {
  python.plans({ gates: ['step'] })
  const child = begin()
  await until(() => python.at('step') !== null, 'the second step')
  await kill(child)
  process.kill(python.at('step')!, 'SIGKILL')
  const file = join(home, 'handle.json')
  const handle = JSON.parse(readFileSync(file, 'utf8')) as { refs: Record<string, string> }
  handle.refs['pid'] = String(process.pid)
  writeFileSync(file, JSON.stringify(handle))
  python.plans({})
  expect((await finish()).log).toHaveLength(3)
})
