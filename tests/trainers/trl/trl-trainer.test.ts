import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttuneError } from '../../../common/error.js'
import type { CollectedJob, JobHandle, JobStatus, TrainingJob } from '../../../trainers/trainer.js'
import { TrlTrainer } from '../../../trainers/trl/trl-trainer.js'
import { isRunning, until } from '../../helpers/attune.js'
import { FakePython } from '../../support/trainers/fake-python.js'
import { someJob, somePairs, trainerConfig } from '../../support/trainers/hosted-job.js'

let home: string
let python: FakePython
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'attune-trl-'))
  python = new FakePython(home)
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function jobOf(
  trl: Record<string, unknown> = {},
  further: Partial<TrainingJob> = {},
  trainer = {},
): TrainingJob {
  const config = trainerConfig({
    backend: 'trl',
    trl: { python: python.path, ...trl },
    lora: { rank: 4, alpha: 8 },
    ...trainer,
  })
  return someJob(config, 'org/model', { outputDir: join(home, 'day', 'checkpoint'), ...further })
}

async function night(
  job: TrainingJob,
  trainer = new TrlTrainer(),
): Promise<{ result: CollectedJob; handle: JobHandle; looks: JobStatus[] }> {
  const looks: JobStatus[] = []
  const handle = await trainer.submit(job)
  const result = await trainer.collect(handle, job, { onStatus: (status) => looks.push(status) })
  return { result, handle, looks }
}

const failureOf = (promise: Promise<unknown>): Promise<AttuneError> =>
  promise.then(
    () => expect.unreachable(),
    (error: AttuneError) => error,
  )

describe('a night trained by TRL', () => {
  it('tells its progress and yields an adapter, its log under TRL’s names, and nothing else', async () => {
    const job = jobOf()
    const { result, looks } = await night(job)
    expect(result.log).toEqual([1, 2, 3].map((step) => expect.objectContaining({ step })))
    expect(result.log[2]).toEqual({ step: 3, loss: expect.closeTo(0.4), 'rewards/margins': 0.3 })
    expect(result.checkpoint).toMatchObject({
      kind: 'adapter',
      base: 'org/model',
      parent: null,
      trainer: 'trl/9.9 torch/8.8',
      location: 'checkpoint',
      metrics: result.log[2],
    })
    expect(looks.at(-1)).toEqual({ state: 'succeeded', progress: { step: 3, steps: 3 }, error: null })
    expect(readdirSync(join(home, 'day'))).toEqual(['checkpoint'])
    expect(readdirSync(job.outputDir).toSorted()).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
      'training.json',
    ])
    expect(python.given.rows).toEqual(
      somePairs().map(({ system, prompt, chosen, rejected }) => ({ system, prompt, chosen, rejected })),
    )
    expect(python.given.job).toMatchObject({ base: 'org/model', baseName: 'org/model', parent: null })
  })

  it('is trained once: the same job again is found in its folder', async () => {
    const job = jobOf()
    const first = await night(job)
    const second = await night(job)
    expect(second.result).toEqual(first.result)
    expect(await new TrlTrainer().status(second.handle)).toMatchObject({ state: 'succeeded' })
    expect(python.began).toHaveLength(1)
  })

  it('submitted twice while it runs is one process', async () => {
    python.plans({ gates: ['step'] })
    const trainer = new TrlTrainer()
    const job = jobOf()
    const first = await trainer.submit(job)
    await until(() => python.at('step') !== null, 'the second step')
    expect(await trainer.submit(job)).toEqual(first)
    expect(await trainer.status(first)).toMatchObject({ state: 'running', progress: { step: 2, steps: 3 } })
    python.open('step')
    await trainer.collect(first, job)
    expect(python.began).toHaveLength(1)
  })

  it('draws another seed and other orders at another address, and the same at the same', async () => {
    const [a, b, c] = [
      [1, 'ada', 1],
      [1, 'ada', 2],
      [1, 'ada', 1],
    ]
    const given = []
    for (const [i, address] of [a, b, c].entries()) {
      await night(jobOf({}, { address, outputDir: join(home, `night-${i}`, 'checkpoint') }))
      const { seed, orders } = python.given.job
      given.push({ seed, orders })
    }
    expect(given[0]).toEqual(given[2])
    expect(given[0]!.seed).not.toBe(given[1]!.seed)
    expect(given[0]!.orders).not.toEqual(given[1]!.orders)
  })
})

describe('a night that fails', () => {
  it('tells the exit code, the reason and the end of stderr, and is trained anew by the next call', async () => {
    python.plans({ end: 'fails' })
    const job = jobOf()
    const { code, message, details } = await failureOf(night(job))
    expect(code).toBe('TRAINING_FAILED')
    expect(message).toContain('exit code 3')
    expect(message).toContain('Traceback\nRuntimeError: the GPU is on fire')
    expect(readFileSync(details.file!, 'utf8')).toContain('on fire')
    python.plans({})
    await night(job)
    expect(python.began).toHaveLength(2)
  })

  it('without trl names the command that installs it', async () => {
    python.plans({ end: 'no-trl' })
    const { code, details } = await failureOf(night(jobOf()))
    expect(code).toBe('TRAINING_FAILED')
    expect(details.hint).toContain(`${python.path} -m pip install --upgrade trl peft`)
  })

  it('killed from outside names the signal and what it may mean', async () => {
    python.plans({ end: 'dies' })
    const { message, details } = await failureOf(night(jobOf()))
    expect(message).toContain('signal SIGKILL')
    expect(details.hint).toContain('Memory')
  })

  it.each([
    ['DIVERGED', 'TRAINING_DIVERGED'],
    ['PAIR_TOO_LONG', 'PAIR_TOO_LONG'],
  ])('tells %s from Python as %s', async (told, code) => {
    python.plans({ end: 'fails', code: told })
    expect((await failureOf(night(jobOf()))).code).toBe(code)
  })

  it('leaves no checkpoint where its output is not whole, and is trained anew', async () => {
    python.plans({ end: 'half' })
    const job = jobOf()
    const trainer = new TrlTrainer()
    const stored = await trainer.submit(job)
    const { code, message } = await failureOf(trainer.collect(stored, job))
    expect(code).toBe('TRAINING_FAILED')
    expect(message).toContain('adapter_model.safetensors')
    expect(existsSync(job.outputDir)).toBe(false)
    python.plans({})
    await trainer.collect(await trainer.submit(job, { stored }), job)
    expect(python.began).toHaveLength(2)
  })

  it('is not begun where the handle cannot be stored', async () => {
    const refused = new Error('no room')
    const trainer = new TrlTrainer()
    const error = await trainer
      .submit(jobOf(), { save: () => Promise.reject(refused) })
      .catch((e: unknown) => e)
    expect(error).toBe(refused)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(python.began).toEqual([])
  })

  it('says that a program is not there', async () => {
    const { code, details } = await failureOf(night(jobOf({ python: '/nowhere/python' })))
    expect(code).toBe('TRAINER_PYTHON_MISSING')
    expect(details.key).toBe('trainer.trl.python')
  })

  it('ends when its time is over', async () => {
    python.plans({ gates: ['step'] })
    const { code, details } = await failureOf(night(jobOf({ timeoutMinutes: 0.01 })))
    expect(code).toBe('TRAINING_FAILED')
    expect(details.key).toBe('trainer.trl.timeoutMinutes')
    await until(() => !isRunning(python.began[0]!.pid), 'the end of the process')
  })
})

describe('a night that is cancelled', () => {
  it('ends its process', async () => {
    python.plans({ gates: ['step'] })
    const trainer = new TrlTrainer()
    const job = jobOf()
    const handle = await trainer.submit(job)
    await until(() => python.at('step') !== null, 'the second step')
    await trainer.cancel(handle)
    expect(isRunning(python.began[0]!.pid)).toBe(false)
    expect(await trainer.status(handle)).toMatchObject({ state: 'cancelled' })
    expect((await failureOf(trainer.collect(handle, job))).code).toBe('TRAINING_CANCELLED')
    python.plans({})
    await night(job, trainer)
  })

  it('by its signal ends its process and throws the signal’s reason', async () => {
    python.plans({ gates: ['loaded'] })
    const trainer = new TrlTrainer()
    const job = jobOf()
    const handle = await trainer.submit(job)
    await until(() => python.at('loaded') !== null, 'the model to be loaded')
    const stop = new AbortController()
    const collected = trainer.collect(handle, job, { signal: stop.signal }).catch((error: unknown) => error)
    const reason = new Error('enough')
    stop.abort(reason)
    expect(await collected).toBe(reason)
    expect(isRunning(python.began[0]!.pid)).toBe(false)
  })
})

describe('a command prefix', () => {
  it('stands before Python', async () => {
    await night(jobOf({ prefix: ['env', 'FAKE_MARK=prefixed'] }))
    expect(python.began[0]!.mark).toBe('prefixed')
  })

  it('of ssh gets words that a shell reads back as they were, and a shared folder has all that is needed', async () => {
    const ssh = join(home, 'ssh')
    writeFileSync(ssh, '#!/bin/sh\nshift\nFAKE_MARK=remote exec sh -c "$*"\n')
    chmodSync(ssh, 0o755)
    const parentDir = join(home, 'yesterday', 'checkpoint')
    mkdirSync(parentDir, { recursive: true })
    const { config } = jobOf()
    writeFileSync(
      join(parentDir, 'adapter_config.json'),
      JSON.stringify({ r: 4, lora_alpha: 8, target_modules: config.lora!.modules.toReversed() }),
    )
    writeFileSync(join(parentDir, 'adapter_model.safetensors'), 'weights')
    const parent = { id: 'p', kind: 'adapter', base: 'nano' } as TrainingJob['parent']
    const sharedFolder = join(home, "a shared ' folder")
    const job = jobOf(
      { prefix: [ssh, 'box'], sharedFolder },
      { base: 'nano', parent, parentDir, pairs: somePairs(4).map((pair) => ({ ...pair, system: null })) },
    )
    await night(job)
    expect(python.began[0]!.mark).toBe('remote')
    const { folder, job: given } = python.given
    expect(folder.startsWith(sharedFolder)).toBe(true)
    expect(given.base).toBe(join(folder, 'nano'))
    expect(given.parent).toBe(join(folder, 'checkpoint'))
    expect(readdirSync(sharedFolder)).toEqual([])
    expect(existsSync(join(job.outputDir, 'adapter_model.safetensors'))).toBe(true)
  })
})

describe('what cannot be trained', () => {
  const problems = async (further: Partial<TrainingJob>, trainer = {}): Promise<AttuneError[]> => {
    const error = await failureOf(night(jobOf({}, { base: 'nano', ...further }, trainer)))
    expect(error.code).toBe('TRAINER_JOB_REFUSED')
    expect(python.began).toEqual([])
    return [...(error.details.problems ?? [])]
  }
  const plain = somePairs(6).map((pair) => ({ ...pair, system: null }))

  it('are prompts that would have to be cut: each is named, and none is', async () => {
    const found = await problems({ pairs: plain }, { maxPromptTokens: 5 })
    expect(found.map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'PAIR_TOO_LONG'))
    expect(found[0]!.message).toMatch(/pair of amara, day 1, step 0: the prompt has \d+ tokens, more than 5/)
    const long = plain.map((pair) => ({ ...pair, prompt: 'tea '.repeat(200) }))
    expect((await problems({ pairs: long.slice(0, 1) }))[0]!.details.key).toBe(
      'max_position_embeddings of the model',
    )
  })

  it('are system messages for a base without a chat template', async () => {
    expect((await problems({ pairs: somePairs() })).map(({ code }) => code)).toEqual([
      'TRAINER_TEMPLATE_MISSING',
    ])
  })

  it.each([
    ['a whole model, asked to go on as an adapter', { kind: 'full' }, 'whole model'],
    ['a hosted model', { kind: 'hosted' }, 'not here', null],
    ['an adapter of another shape', { kind: 'adapter' }, 'its shape is'],
    ['an adapter as pickle', { kind: 'adapter' }, 'no adapter_model.safetensors', 'pickle'],
  ])('is %s', async (_, kind, why, dir: string | null = 'safetensors') => {
    const parentDir = join(home, 'parent')
    mkdirSync(parentDir)
    writeFileSync(
      join(parentDir, 'adapter_config.json'),
      JSON.stringify({ r: 8, lora_alpha: 8, target_modules: ['q_proj'] }),
    )
    writeFileSync(join(parentDir, dir === 'pickle' ? 'adapter_model.bin' : 'adapter_model.safetensors'), '')
    const parent = { id: 'p', base: 'nano', ...kind } as TrainingJob['parent']
    const found = await problems({ pairs: plain, parent, parentDir: dir === null ? null : parentDir })
    expect(found.map(({ code }) => code)).toEqual(['TRAINING_PARENT_MISMATCH'])
    expect(found[0]!.message).toContain(why)
  })
})
