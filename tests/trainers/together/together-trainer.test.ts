import { describe, expect, it } from 'vitest'
import type { TrainerConfig } from '../../../configs/schema.js'
import { checkTrainer } from '../../../trainers/check-trainer.js'
import { HostedTrainer } from '../../../trainers/hosted/hosted-trainer.js'
import { TogetherService } from '../../../trainers/together/together-service.js'
import type { JobHandle } from '../../../trainers/trainer.js'
import { closingAfter } from '../../support/trainers/closing.js'
import { someJob, somePairs, trainerConfig } from '../../support/trainers/hosted-job.js'
import { describeHosted } from '../../support/trainers/hosted-suite.js'
import { playTogether, TOGETHER_KEY, TOGETHER_LIMITS } from '../../support/trainers/together.js'

const BASE = 'Qwen/Qwen3-8B'
const ENV = { TOGETHER_API_KEY: TOGETHER_KEY }

const configured = (url: string, further: Record<string, unknown> = {}, hosted = {}): TrainerConfig =>
  trainerConfig({
    backend: 'together',
    base: BASE,
    reference: 'previous',
    batchSize: 8,
    lora: {},
    hosted: { url, pollSeconds: 0.02, retries: 4, ...hosted },
    ...further,
  })

describeHosted({
  name: 'together',
  play: () => playTogether(),
  config: (url) => configured(url),
  service: (config) => new TogetherService(config, process.env, { backoffMs: 5 }),
  base: BASE,
  key: ['TOGETHER_API_KEY', TOGETHER_KEY],
  create: 'POST /v1/fine-tunes$',
  look: 'GET /v1/fine-tunes/ft-',
  before: ['POST /v1/files', 'PUT /v1/signed/', 'GET /v1/files/', 'POST /v1/fine-tunes/estimate-price'],
  isCancelled: ({ jobs }) => jobs[0]?.state === 'cancelled',
})

const played = closingAfter(playTogether)

const trainerOf = (config: TrainerConfig): HostedTrainer =>
  new HostedTrainer(new TogetherService(config, ENV, { backoffMs: 5 }), config.hosted)

describe('the together backend', () => {
  it('sends every setting under the names of the service', async () => {
    const service = await played()
    const config = configured(
      service.url,
      {
        beta: 0.2,
        epochs: 3,
        batchSize: 16,
        learningRate: 1e-5,
        schedule: 'cosine',
        warmupRatio: 0.1,
        weightDecay: 0.01,
        maxGradNorm: 0.5,
        lora: { rank: 8, alpha: 16, dropout: 0.05, modules: ['q_proj', 'v_proj'] },
      },
      { options: { packing: false } },
    )
    await trainerOf(config).submit(someJob(config, BASE))
    expect(service.jobs[0]?.body).toMatchObject({
      model: BASE,
      n_epochs: 3,
      batch_size: 16,
      learning_rate: 1e-5,
      lr_scheduler: { lr_scheduler_type: 'cosine' },
      warmup_ratio: 0.1,
      weight_decay: 0.01,
      max_grad_norm: 0.5,
      packing: false,
      training_type: {
        type: 'Lora',
        lora_r: 8,
        lora_alpha: 16,
        lora_dropout: 0.05,
        lora_trainable_modules: 'q_proj,v_proj',
      },
      training_method: { method: 'dpo', dpo_beta: 0.2 },
    })
  })

  it.each([
    [
      { schedule: 'constant' },
      { lr_scheduler: { lr_scheduler_type: 'linear', lr_scheduler_args: { min_lr_ratio: 1 } } },
    ],
    [
      { schedule: 'linear' },
      { lr_scheduler: { lr_scheduler_type: 'linear', lr_scheduler_args: { min_lr_ratio: 0 } } },
    ],
    [{ lora: null }, { training_type: { type: 'Full' } }],
    [{ lora: {} }, { training_type: { lora_r: 16, lora_alpha: 32, lora_trainable_modules: 'all-linear' } }],
  ])('sends %o as the service understands it', async (block, body) => {
    const service = await played()
    const config = configured(service.url, block)
    await trainerOf(config).submit(someJob(config, BASE))
    expect(service.jobs[0]?.body).toMatchObject(body)
  })

  it('uploads to the signed address without the key, then waits for the validation', async () => {
    const service = await played({
      processing: ['PENDING', 'QUEUED', 'RUNNING'].map((s) => ({ processing_status: s })),
    })
    const config = configured(service.url)
    await trainerOf(config).submit(someJob(config, BASE))
    const upload = service.log.filter((label) => label.includes('file'))
    expect(upload.slice(0, 2)).toEqual(['POST /v1/files', 'PUT /v1/signed/file-1'])
    expect(upload.slice(2)).toEqual(Array.from({ length: 4 }, () => 'GET /v1/files/file-1'))
  })

  it('tells what the validation of the pairs found, and creates no job', async () => {
    const report = { valid: false, error: 'line 3: roles must alternate' }
    const service = await played({
      processing: [{ processing_status: 'INVALID_FORMAT', validation_report: report }],
    })
    const config = configured(service.url)
    await expect(trainerOf(config).submit(someJob(config, BASE))).rejects.toMatchObject({
      code: 'TRAINER_DATA_REJECTED',
      message: expect.stringContaining('line 3'),
    })
    expect(service.jobs).toEqual([])
  })

  it('gives up where the pairs are never processed', async () => {
    const processing = Array.from({ length: 500 }, () => ({ processing_status: 'RUNNING' }))
    const service = await played({ processing })
    const config = configured(service.url, {}, { timeoutMinutes: 0.001 })
    await expect(trainerOf(config).submit(someJob(config, BASE))).rejects.toMatchObject({
      code: 'TRAINER_DATA_REJECTED',
    })
  })

  it('stops with the reason of a signal while the pairs are processed, and goes on with the same file', async () => {
    const processing = Array.from({ length: 9 }, () => ({ processing_status: 'RUNNING' }))
    const service = await played({ processing })
    const config = configured(service.url)
    const job = someJob(config, BASE)
    const saved: JobHandle[] = []
    const reason = new Error('enough')
    const controller = new AbortController()
    const save = (handle: JobHandle): Promise<void> => {
      saved.push(handle)
      setTimeout(() => controller.abort(reason), 50)
      return Promise.resolve()
    }
    await expect(trainerOf(config).submit(job, { save, signal: controller.signal })).rejects.toBe(reason)
    service.log.splice(0)
    await trainerOf(config).submit(job, { stored: saved.at(-1)! })
    expect(service.log.filter((label) => label.includes('signed'))).toEqual([])
    expect(service.jobs).toHaveLength(1)
  })

  it('creates no job over the credit limit that the estimate tells', async () => {
    const price = {
      estimation_available: true,
      allowed_to_proceed: false,
      estimated_total_price: 12,
      user_limit: 5,
    }
    const service = await played({ price })
    const config = configured(service.url)
    await expect(trainerOf(config).submit(someJob(config, BASE))).rejects.toMatchObject({
      code: 'TRAINER_CREDITS',
      message: expect.stringContaining('$12'),
    })
    expect(service.jobs).toEqual([])
  })

  it('tells metrics, price, tokens and seconds; without metrics the steps of its events', async () => {
    for (const metrics of [true, false]) {
      const service = await played({ metrics })
      const config = configured(service.url)
      const job = someJob(config, BASE)
      const result = await trainerOf(config).collect(await trainerOf(config).submit(job), job)
      expect(result).toMatchObject({ usd: 1.25, seconds: 600, checkpoint: { metrics: { num_tokens: 5000 } } })
      expect(result.log).toEqual(
        metrics
          ? [
              { step: 1, 'train/loss': 1, 'train/accuracy': 0.5 },
              { step: 2, 'train/loss': 0.5, 'train/accuracy': 0.5 },
            ]
          : [{ step: 2 }],
      )
    }
  })

  it('holds settings and lengths against the limits of the model before anything is sent', async () => {
    const service = await played({
      limits: { ...TOGETHER_LIMITS, supports_full_training: false, max_seq_length_dpo: 300 },
    })
    const lora = { rank: 128, modules: ['q_proj', 'up_proj'] }
    const config = configured(service.url, { batchSize: 4, epochs: 21, learningRate: 0.1, lora })
    const pairs = [{ ...somePairs(1)[0]!, prompt: 'a'.repeat(1400) }]
    const keysOf = async (of: TrainerConfig): Promise<unknown[]> => {
      const { problems } = await trainerOf(of).plan(someJob(of, BASE, { pairs }))
      return problems.map(({ code, details }) => [code, details.key])
    }
    expect(await keysOf(config)).toEqual([
      ['PAIR_TOO_LONG', undefined],
      ['TRAINER_CANNOT', 'trainer.batchSize'],
      ['TRAINER_CANNOT', 'trainer.epochs'],
      ['TRAINER_CANNOT', 'trainer.learningRate'],
      ['TRAINER_CANNOT', 'trainer.lora.rank'],
      ['TRAINER_CANNOT', 'trainer.lora.modules'],
    ])
    expect(await keysOf(configured(service.url, { lora: null }))).toContainEqual([
      'TRAINER_CANNOT',
      'trainer.lora',
    ])
    expect(service.log.filter((label) => !label.startsWith('GET'))).toEqual([])
  })

  it('tells of a base that cannot be tuned', async () => {
    const service = await played()
    const config = configured(service.url)
    const { problems } = await trainerOf(config).plan(someJob(config, 'no/model'))
    expect(problems.map(({ code }) => code)).toEqual(['TRAINER_NOT_FOUND'])
  })
})

describe('settings that together', () => {
  const refused = (block: Record<string, unknown>, hosted = {}): (string | undefined)[] =>
    checkTrainer(configured('http://127.0.0.1/v1', block, hosted), ENV).map(({ details }) => details.key)

  it('follows are taken, with its key', () => {
    expect(refused({})).toEqual([])
    expect(
      refused({ schedule: 'constant', warmupRatio: 0.5, weightDecay: 1, maxGradNorm: 0, lora: null }),
    ).toEqual([])
    expect(checkTrainer(configured('http://127.0.0.1/v1'), {}).map(({ code }) => code)).toEqual([
      'TRAINER_KEY_MISSING',
    ])
  })

  it.each([
    ['method', { method: 'sft' }],
    ['adamBeta1', { adamBeta1: 0.8 }],
    ['adamBeta2', { adamBeta2: 0.99 }],
    ['adamEpsilon', { adamEpsilon: 1e-6 }],
    ['labelSmoothing', { labelSmoothing: 0.1 }],
    ['likelihoodWeight', { likelihoodWeight: 1 }],
    ['continuationMask', { continuationMask: true }],
    ['reference', { reference: 'base' }],
  ])('cannot follow are refused by name: %s', (key, block) => {
    expect(refused(block)).toEqual([`trainer.${key}`])
  })

  it.each([
    ['hosted.options', { options: { training_method: { method: 'dpo', rpo_alpha: 1 } } }],
    ['hosted.hardware', { hardware: 'a10g-large' }],
    ['hosted.account', { account: 'me' }],
    ['hosted.usdPerHour', { usdPerHour: 2 }],
  ])('cannot follow are refused by name: %s', (key, hosted) => {
    expect(refused({}, hosted)).toEqual([`trainer.${key}`])
  })
})
