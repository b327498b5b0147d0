import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TrainerConfig } from '../../../configs/schema.js'
import { createTrainer } from '../../../trainers/create-trainer.js'
import { HostedTrainer } from '../../../trainers/hosted/hosted-trainer.js'
import type { Service } from '../../../trainers/hosted/service.js'
import type { CollectedJob, JobHandle, JobStatus, TrainingJob } from '../../../trainers/trainer.js'
import { someJob } from './hosted-job.js'
import { matches, type PlayedService } from './play-server.js'

export interface HostedSuite {
  name: string
  play: () => Promise<PlayedService>
  config: (url: string) => TrainerConfig
  service: (config: TrainerConfig) => Service
  base: string
  /** Variable and key that the played service takes. */
  key: [variable: string, key: string]
  /** Label part of the call that creates a job. */
  create: string
  /** Label part of a look at a job, as no other call has. */
  look: string
  /** Label parts of calls before the job is created, after each of which a process may die. */
  before: string[]
  /** Label parts of calls after its end, at each of which a process may die. */
  fetches?: string[]
  /** Whether a job of that id is gone or cancelled at the service. */
  isCancelled: (service: PlayedService) => boolean
  /** What a job yields: a model at the provider, or an adapter that is fetched. @default 'hosted' */
  yields?: 'hosted' | 'adapter'
}

const childScript = fileURLToPath(new URL('hosted-child.ts', import.meta.url))

/** The whole life of a job at a played service, and everything that can break in it. */
export function describeHosted(suite: HostedSuite): void {
  const { name, create } = suite
  const kind = suite.yields ?? 'hosted'
  const checkpoint = { kind }
  let played: PlayedService
  let folder: string
  let job: TrainingJob
  let config: TrainerConfig
  const children: ChildProcess[] = []

  beforeEach(async () => {
    process.env[suite.key[0]] = suite.key[1]
    played = await suite.play()
    folder = mkdtempSync(join(tmpdir(), 'attune-hosted-'))
    config = suite.config(played.url)
    job = nightOf()
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await played.close()
    rmSync(folder, { recursive: true, force: true })
    delete process.env[suite.key[0]]
  })

  const nightOf = (further: Partial<TrainingJob> = {}): TrainingJob =>
    someJob(config, suite.base, { outputDir: join(folder, 'checkpoint'), ...further })
  const trainer = (): HostedTrainer => new HostedTrainer(suite.service(config), config.hosted)

  /** A night in this process, with its handle in memory. */
  async function night(
    stored?: JobHandle,
  ): Promise<{ result: CollectedJob; looks: JobStatus[]; saved: JobHandle[] }> {
    const saved: JobHandle[] = []
    const looks: JobStatus[] = []
    const save = (handle: JobHandle): Promise<void> => Promise.resolve(void saved.push(handle))
    const handle = await trainer().submit(job, { save, ...(stored && { stored }) })
    const result = await trainer().collect(handle, job, { onStatus: (status) => looks.push(status) })
    return { result, looks, saved }
  }

  describe(`a job of ${name}`, () => {
    it('queues, runs and yields a model id with its log; every request is as the service wants it', async () => {
      const { result, looks, saved } = await night()
      expect(played.objections).toEqual([])
      expect(looks.map(({ state }) => state)).toEqual(['queued', 'queued', 'running', 'running', 'succeeded'])
      expect(result.checkpoint).toMatchObject({ kind, parent: null, base: suite.base })
      expect(result.checkpoint.location).not.toBe('')
      expect(result.log.length).toBeGreaterThan(0)
      expect(result.log.every(({ step }) => step > 0)).toBe(true)
      expect(saved.at(-1)?.id).not.toBeNull()
      expect(saved.findIndex(({ refs }) => refs?.['announced'] === 'yes')).toBeGreaterThan(0)
      expect(played.jobs).toHaveLength(1)
    })

    it('is one that a configuration can name', async () => {
      await expect(createTrainer(config, null)).resolves.toMatchObject({ name })
    })

    it.runIf(kind === 'hosted')('goes on from yesterday’s model, and not from the base', async () => {
      const { result } = await night()
      job = nightOf({ parent: result.checkpoint })
      const second = await night()
      expect(played.objections).toEqual([])
      expect(second.result.checkpoint.parent).toBe(result.checkpoint.id)
      const bodies = played.jobs.map(({ body }) => JSON.stringify(body))
      expect(bodies[0]).toContain(suite.base)
      expect(bodies[1]).toContain(result.checkpoint.location)
      expect(bodies[1]).not.toContain(`"${suite.base}"`)
    })

    it('is not submitted again with the handle of an earlier process', async () => {
      const { saved, result } = await night()
      const again = await night(saved.at(-1))
      expect(again.result).toEqual(result)
      expect(played.jobs).toHaveLength(1)
    })

    it('tells why it failed, and when it was cancelled there', async () => {
      played.script = ['running', 'failed']
      await expect(night()).rejects.toMatchObject({
        code: 'TRAINING_FAILED',
        message: expect.stringContaining(':'),
      })
      job = nightOf({ address: ['other'] })
      played.script = ['queued', 'cancelled']
      await expect(night()).rejects.toMatchObject({ code: 'TRAINING_CANCELLED' })
    })

    it('is trained anew after it failed once its handle is deleted', async () => {
      played.script = ['failed']
      await expect(night()).rejects.toMatchObject({ code: 'TRAINING_FAILED' })
      played.script = ['running', 'succeeded']
      await expect(night()).resolves.toMatchObject({ result: { checkpoint } })
      expect(played.jobs).toHaveLength(2)
    })

    it('is cancelled at the service', async () => {
      played.script = ['running', 'running', 'running']
      const handle = await trainer().submit(job)
      await trainer().cancel(handle)
      expect(suite.isCancelled(played)).toBe(true)
    })

    it('that vanished is told with its id, and is not submitted again', async () => {
      played.script = ['running', 'vanished']
      await expect(night()).rejects.toMatchObject({ code: 'TRAINING_JOB_VANISHED' })
      expect(played.jobs).toHaveLength(1)
    })

    it('whose output is not there yet yields nothing, and is collected later', async () => {
      played.script = ['half', 'half', 'half', 'succeeded']
      const saved: JobHandle[] = []
      const handle = await trainer().submit(job, { save: (h) => Promise.resolve(void saved.push(h)) })
      await expect(trainer().collect(handle, job)).rejects.toMatchObject({
        code: kind === 'hosted' ? 'TRAINER_OUTPUT_INCOMPLETE' : 'TRAINING_OUTPUT_MISSING',
      })
      for (const one of played.jobs) Object.assign(one, { state: 'succeeded', script: [] })
      await expect(trainer().collect(saved.at(-1)!, job)).resolves.toMatchObject({
        checkpoint,
      })
      expect(played.jobs).toHaveLength(1)
    })
  })

  describe(`a call to ${name}`, () => {
    it.each([
      ['the job was made, then the connection was cut', 'after'],
      ['half of the answer came', 'half'],
      ['the connection was cut before', 'before'],
    ] as const)('to create a job whose answer is lost creates one: %s', async (_what, kind) => {
      played.faults.push({ on: create, kind })
      const first = await night().catch((error: unknown) => error)
      if (kind === 'before') expect(first).toMatchObject({ code: 'TRAINER_ANSWER_LOST' })
      else expect(first).toMatchObject({ result: { checkpoint } })
      expect(played.jobs).toHaveLength(kind === 'before' ? 0 : 1)
    })

    it.each([
      [401, 'TRAINER_DENIED'],
      [402, 'TRAINER_CREDITS'],
      [403, 'TRAINER_DENIED'],
      [500, 'TRAINER_ANSWER_LOST'],
    ])('to create a job answered with %i is never repeated: %s', async (status, code) => {
      const said = { error: { message: 'said by the service' } }
      played.faults.push({ on: create, kind: { status, body: said } })
      await expect(night()).rejects.toMatchObject({ code })
      expect(played.log.filter((label) => matches(label, create))).toHaveLength(1)
      expect(played.jobs).toHaveLength(0)
    })

    it('answered with 429 is repeated, and one job stands', async () => {
      played.faults.push({ on: create, kind: { status: 429, body: {} }, times: 2 })
      await night()
      expect(played.jobs).toHaveLength(1)
    })

    it('to look is repeated after 500, 503 and cut connections', async () => {
      const { look } = suite
      played.faults.push({ on: look, kind: { status: 500, body: 'oops' } })
      played.faults.push({ on: look, kind: { status: 503, body: {} } })
      played.faults.push({ on: look, kind: 'before' })
      await night()
      expect(played.jobs).toHaveLength(1)
    })

    it('with a key that expires while the job runs leaves the job, which is collected with a new key', async () => {
      const saved: JobHandle[] = []
      const handle = await trainer().submit(job, { save: (h) => Promise.resolve(void saved.push(h)) })
      process.env[suite.key[0]] = 'expired'
      await expect(trainer().collect(handle, job)).rejects.toMatchObject({
        code: 'TRAINER_DENIED',
        details: { hint: expect.stringContaining(suite.key[0]) },
      })
      process.env[suite.key[0]] = suite.key[1]
      await expect(night(saved.at(-1))).resolves.toMatchObject({ result: { checkpoint } })
      expect(played.jobs).toHaveLength(1)
    })

    it('with a bad key is told by the plan, and nothing is sent', async () => {
      process.env[suite.key[0]] = 'wrong'
      const { problems } = await trainer().plan(job)
      expect(problems).toMatchObject([{ code: 'TRAINER_DENIED' }])
      await expect(night()).rejects.toMatchObject({ code: 'TRAINER_JOB_REFUSED' })
      expect(played.log.filter((label) => !label.startsWith('GET'))).toEqual([])
    })
  })

  it(`a process of ${name} killed with kill -9 in each state creates exactly one job`, async () => {
    const files = ['job.json', 'handle.json', 'result.json'].map((file) => join(folder, file))
    writeFileSync(files[0]!, JSON.stringify(job))
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], [suite.key[0]]: suite.key[1] }
    const run = (): ChildProcess => {
      const child = spawn(process.execPath, ['--import', 'tsx', childScript, ...files], {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      children.push(child)
      return child
    }
    const moments = [
      ...suite.before.map((on) => [on, 'after'] as const),
      [create, 'before'] as const,
      [create, 'after'] as const,
      [suite.look, 'before'] as const,
      [suite.look, 'after'] as const,
      ...(suite.fetches ?? []).flatMap((on) => [[on, 'before'] as const, [on, 'after'] as const]),
    ]
    played.script = ['queued', 'running', 'running', 'succeeded']
    for (const [on, when] of moments) {
      const child = run()
      const ended = endOf(child)
      played.hook = (moment, label) => {
        if (moment !== when || !matches(label, on)) return undefined
        child.kill('SIGKILL')
        return 'cut'
      }
      const { signal, stderr } = await ended
      expect(signal, `${on} ${when}: ${stderr}`).toBe('SIGKILL')
      expect(existsSync(files[2]!)).toBe(false)
    }
    played.hook = () => undefined
    const { code, stderr } = await endOf(run())
    expect(code, stderr).toBe(0)
    expect(played.objections).toEqual([])
    expect(played.jobs).toHaveLength(1)
    const result = JSON.parse(readFileSync(files[2]!, 'utf8')) as CollectedJob
    expect(result.checkpoint.kind).toBe(kind)
  })
}

function endOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stderr }))
  })
}
