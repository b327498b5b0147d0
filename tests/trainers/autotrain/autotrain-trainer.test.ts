import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TrainerConfig } from '../../../configs/schema.js'
import { AutoTrainService } from '../../../trainers/autotrain/autotrain-service.js'
import { checkTrainer } from '../../../trainers/check-trainer.js'
import { createTrainer } from '../../../trainers/create-trainer.js'
import { HostedTrainer } from '../../../trainers/hosted/hosted-trainer.js'
import type { CollectedJob, JobHandle, JobStatus, TrainingJob } from '../../../trainers/trainer.js'
import { playAutoTrain } from '../../support/trainers/autotrain.js'
import { someJob, somePairs, trainerConfig } from '../../support/trainers/hosted-job.js'
import { HUB_BASE, HUB_TOKEN, type PlayedHub, playHub } from '../../support/trainers/hub.js'
import { matches, type PlayedService } from '../../support/trainers/play-server.js'

const CREATE = 'POST /ui/create_project'
let hub: PlayedHub
let server: PlayedService
let config: TrainerConfig
let folder: string
let env: Record<string, string>
beforeEach(async () => {
  hub = await playHub()
  server = await playAutoTrain(hub)
  server.script = ['running', 'running', 'succeeded']
  config = configured()
  folder = mkdtempSync(join(tmpdir(), 'attune-autotrain-'))
  env = { HF_TOKEN: HUB_TOKEN, HF_ENDPOINT: hub.url }
})
afterEach(async () => {
  await Promise.all([hub.close(), server.close()])
  rmSync(folder, { recursive: true, force: true })
})

const configured = (further: Record<string, unknown> = {}): TrainerConfig =>
  trainerConfig({
    backend: 'autotrain',
    base: HUB_BASE,
    reference: 'previous',
    lora: { rank: 2, alpha: 4 },
    maxPromptTokens: 700,
    maxTokens: 1000,
    hosted: { url: server.url, pollSeconds: 0.02, retries: 3 },
    ...further,
  })

const trainer = (): HostedTrainer =>
  new HostedTrainer(new AutoTrainService(config, env, { backoffMs: 5 }), config.hosted)
const nightOf = (further: Partial<TrainingJob> = {}): TrainingJob => someJob(config, HUB_BASE, further)

interface Night {
  result: CollectedJob
  looks: JobStatus[]
  saved: JobHandle[]
}

async function night(job: TrainingJob, stored?: JobHandle): Promise<Night> {
  const saved: JobHandle[] = []
  const looks: JobStatus[] = []
  const save = (handle: JobHandle): Promise<void> => Promise.resolve(void saved.push(handle))
  const handle = await trainer().submit(job, { save, ...(stored && { stored }) })
  const result = await trainer().collect(handle, job, { onStatus: (status) => looks.push(status) })
  return { result, looks, saved }
}

describe('a night on an AutoTrain server', () => {
  it('runs and yields the repository that holds the merged model, with the log of its steps', async () => {
    const { result, looks, saved } = await night(nightOf())
    expect([...server.objections, ...hub.objections]).toEqual([])
    expect(looks.map(({ state }) => state)).toEqual(['running', 'running', 'succeeded'])
    expect(result.checkpoint).toMatchObject({ kind: 'hosted', trainer: 'autotrain/0.8', parent: null })
    expect(hub.repos.find('models', result.checkpoint.location).private).toBe(true)
    expect(result.log.map(({ step, loss }) => [step, loss])).toEqual([
      [1, 0.69],
      [2, 0.5],
      [3, 0.31],
    ])
    expect(result.seconds).toBe(12.5)
    expect(saved.at(-1)!.id).toBe(result.checkpoint.location)
  })

  it('is told every parameter that bears on the result, so that none of AutoTrain’s defaults does', async () => {
    await night(nightOf())
    expect(server.jobs[0]!.body).toMatchObject({
      base_model: HUB_BASE,
      rows: somePairs().length,
      params: {
        max_prompt_length: 700,
        max_completion_length: 300,
        block_size: 1000,
        gradient_accumulation: 1,
        quantization: 'none',
        peft: true,
        merge_adapter: true,
        lora_r: 2,
        lora_alpha: 4,
        target_modules: 'all-linear',
        push_to_hub: true,
      },
    })
  })

  it('starts from yesterday’s model, and keeps the base as reference where all weights are trained', async () => {
    config = configured({ lora: null, reference: 'base' })
    const first = await night(nightOf())
    await night(nightOf({ parent: first.result.checkpoint }))
    expect(server.jobs.map(({ body }) => body['base_model'])).toEqual([
      HUB_BASE,
      first.result.checkpoint.location,
    ])
    expect(server.jobs[1]!.body).toMatchObject({ params: { peft: false, model_ref: HUB_BASE } })
  })

  it('waits where another night is trained, and is created once', async () => {
    const [one, two] = await Promise.all([night(nightOf()), night(nightOf({ address: [2] }))])
    expect(one.result.checkpoint.location).not.toBe(two.result.checkpoint.location)
    expect(server.jobs).toHaveLength(2)
  })

  it('that failed or was stopped is told with what the log says, and can be trained anew without its handle', async () => {
    server.script = ['running', 'failed']
    await expect(night(nightOf())).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('out of memory') as string,
    })
    server.script = ['running', 'succeeded']
    await night(nightOf())
    expect(server.jobs.map(({ id }) => id.slice(-2))).toEqual(['-1', '-2'])
  })

  it('whose model was pushed by half has failed', async () => {
    server.script = ['running', 'half']
    await expect(night(nightOf())).rejects.toMatchObject({ code: 'TRAINING_FAILED' })
  })

  it('is stopped on the server', async () => {
    server.script = ['running', 'running', 'running', 'running']
    const handle = await trainer().submit(nightOf())
    await trainer().cancel(handle)
    expect(server.jobs[0]!.state).toBe('cancelled')
    await expect(trainer().collect(handle, nightOf())).rejects.toMatchObject({ code: 'TRAINING_FAILED' })
  })

  it('is collected by a later process from its handle', async () => {
    const { saved, result } = await night(nightOf())
    expect((await night(nightOf(), saved.at(-1))).result).toEqual(result)
    expect(server.jobs).toHaveLength(1)
  })
})

describe('a call that goes wrong', () => {
  it.each(['after', 'half'] as const)('answer to creation lost (%s): the job is found', async (kind) => {
    server.faults.push({ on: CREATE, kind })
    await night(nightOf())
    expect(server.jobs).toHaveLength(1)
  })

  it('creation that never arrived is told, and made by the next process', async () => {
    server.faults.push({ on: CREATE, kind: 'before' })
    const saved: JobHandle[] = []
    const save = (handle: JobHandle): Promise<void> => Promise.resolve(void saved.push(handle))
    await expect(trainer().submit(nightOf(), { save })).rejects.toMatchObject({ code: 'TRAINER_ANSWER_LOST' })
    expect(server.jobs).toHaveLength(0)
    await night(nightOf(), saved.at(-1))
    expect(server.jobs).toHaveLength(1)
  })

  it.each([
    [401, 'TRAINER_DENIED'],
    [402, 'TRAINER_CREDITS'],
    [500, 'TRAINER_ANSWER_LOST'],
  ])('creation answered with %i is not repeated', async (status, code) => {
    server.faults.push({ on: CREATE, kind: { status, body: { detail: 'said' } } })
    await expect(night(nightOf())).rejects.toMatchObject({ code })
    expect(server.log.filter((label) => label === CREATE)).toHaveLength(1)
  })

  it('looks are repeated after 429, 500 and cut connections', async () => {
    server.faults.push({ on: 'is_model_training', kind: { status: 500, body: '' } })
    server.faults.push({ on: 'is_model_training', kind: { status: 429, body: {} } })
    hub.faults.push({ on: 'GET /api/models/', kind: 'before' })
    await night(nightOf())
    expect(server.jobs).toHaveLength(1)
  })

  it('a key that the Hub refuses is told by the plan, before anything is sent', async () => {
    env['HF_TOKEN'] = 'hf_wrong'
    const { problems } = await trainer().plan(nightOf())
    expect(problems).toMatchObject([{ code: 'TRAINER_DENIED' }])
    await expect(night(nightOf())).rejects.toMatchObject({ code: 'TRAINER_JOB_REFUSED' })
    expect(server.log.filter((label) => label.startsWith('POST'))).toEqual([])
  })

  it('a server without a GPU is told by the plan, for it would train a single night', async () => {
    await server.close()
    server = await playAutoTrain(hub, 0)
    config = configured()
    expect((await trainer().plan(nightOf())).problems).toMatchObject([
      { code: 'TRAINER_CANNOT', details: { key: 'trainer.hosted.url' } },
    ])
  })

  it('a key that expires while it trains leaves the job, which is collected with a new one', async () => {
    const saved: JobHandle[] = []
    const save = (handle: JobHandle): Promise<void> => Promise.resolve(void saved.push(handle))
    const handle = await trainer().submit(nightOf(), { save })
    env['HF_TOKEN'] = 'hf_expired'
    await expect(trainer().collect(handle, nightOf())).rejects.toMatchObject({ code: 'TRAINER_DENIED' })
    env['HF_TOKEN'] = HUB_TOKEN
    await night(nightOf(), saved.at(-1))
    expect(server.jobs).toHaveLength(1)
  })
})

it('killed with kill -9 in each state, one job was ever created', async () => {
  const files = ['job.json', 'handle.json', 'result.json'].map((file) => join(folder, file))
  writeFileSync(files[0]!, JSON.stringify(nightOf()))
  const script = fileURLToPath(new URL('../../support/trainers/hosted-child.ts', import.meta.url))
  const run = (): ChildProcess =>
    spawn(process.execPath, ['--import', 'tsx', script, ...files], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: 'ignore',
    })
  const ended = (child: ChildProcess): Promise<NodeJS.Signals | number | null> =>
    new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)))
  server.script = ['queued', 'running', 'running', 'running', 'succeeded']
  const moments = [
    [hub, '/commit/main', 'after'],
    [server, CREATE, 'before'],
    [server, CREATE, 'after'],
    [server, 'is_model_training', 'after'],
    [hub, 'GET /api/models/', 'after'],
    [server, '/ui/logs', 'before'],
  ] as const
  for (const [service, on, when] of moments) {
    const child = run()
    service.hook = (moment, label) => {
      if (moment !== when || !matches(label, on)) return undefined
      child.kill('SIGKILL')
      return 'cut'
    }
    expect(await ended(child), `${on} ${when}`).toBe('SIGKILL')
    expect(existsSync(files[2]!)).toBe(false)
    service.hook = () => undefined
  }
  expect(await ended(run())).toBe(0)
  expect(server.jobs).toHaveLength(1)
  const result = JSON.parse(readFileSync(files[2]!, 'utf8')) as CollectedJob
  expect(result.checkpoint.location).toBe(server.jobs[0]!.id)
}, 40_000)

describe('settings', () => {
  const problemsOf = (further: Record<string, unknown>): string[] =>
    checkTrainer(configured(further), env).map(({ details }) => details.key!)

  it('that AutoTrain can follow are none to complain of, and name a trainer', async () => {
    expect(problemsOf({})).toEqual([])
    await expect(createTrainer(config, null, env)).resolves.toMatchObject({ name: 'autotrain' })
  })

  it.each([
    [{ method: 'kto' }, 'trainer.method'],
    [{ reference: 'base' }, 'trainer.reference'],
    [{ adamBeta2: 0.9 }, 'trainer.adamBeta2'],
    [{ labelSmoothing: 0.1 }, 'trainer.labelSmoothing'],
    [{ likelihoodWeight: 0.2 }, 'trainer.likelihoodWeight'],
    [{ continuationMask: true }, 'trainer.continuationMask'],
    [{ maxPromptTokens: 1000 }, 'trainer.maxPromptTokens'],
    [{ hosted: {} }, 'trainer.hosted.url'],
    [{ hosted: { url: 'http://127.0.0.1:1', hardware: 'spaces-l4x1' } }, 'trainer.hosted.hardware'],
    [{ hosted: { url: 'http://127.0.0.1:1', options: { lr: 1 } } }, 'trainer.hosted.options'],
  ])('%j cannot be followed, and is refused', (further, key) => {
    expect(problemsOf(further)).toEqual([key])
  })

  it('without a key are refused', () => {
    expect(checkTrainer(config, {})).toMatchObject([{ code: 'TRAINER_KEY_MISSING' }])
    expect(() => new AutoTrainService(config, {})).toThrow(/HF_TOKEN/)
  })
})
