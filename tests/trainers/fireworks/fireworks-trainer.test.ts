import { describe, expect, it } from 'vitest'
import type { TrainerConfig } from '../../../configs/schema.js'
import { checkTrainer } from '../../../trainers/check-trainer.js'
import { FireworksService } from '../../../trainers/fireworks/fireworks-service.js'
import { HostedTrainer } from '../../../trainers/hosted/hosted-trainer.js'
import { FIREWORKS_KEY, playFireworks } from '../../support/trainers/fireworks.js'
import { closingAfter } from '../../support/trainers/closing.js'
import { someJob, somePairs, trainerConfig } from '../../support/trainers/hosted-job.js'
import { describeHosted } from '../../support/trainers/hosted-suite.js'

const BASE = 'accounts/fireworks/models/qwen3-8b'
const ENV = { FIREWORKS_API_KEY: FIREWORKS_KEY }

const configured = (url: string, further: Record<string, unknown> = {}, hosted = {}): TrainerConfig =>
  trainerConfig({
    backend: 'fireworks',
    base: BASE,
    reference: 'previous',
    lora: {},
    hosted: { url, account: 'me', pollSeconds: 0.02, retries: 4, ...hosted },
    ...further,
  })

describeHosted({
  name: 'fireworks',
  play: () => playFireworks(),
  config: (url) => configured(url),
  service: (config) => new FireworksService(config, process.env, { backoffMs: 5 }),
  base: BASE,
  key: ['FIREWORKS_API_KEY', FIREWORKS_KEY],
  create: 'POST /v1/accounts/me/dpoJobs$',
  look: 'GET /v1/accounts/me/dpoJobs/',
  before: ['GET /v1/accounts/me/datasets/', 'POST /v1/accounts/me/datasets$', ':upload'],
  isCancelled: ({ jobs, log }) => jobs.length === 0 && log.at(-1)?.startsWith('DELETE') === true,
})

const played = closingAfter(playFireworks)

const trainerOf = (config: TrainerConfig): HostedTrainer =>
  new HostedTrainer(new FireworksService(config, ENV, { backoffMs: 5 }), config.hosted)

describe('the fireworks backend', () => {
  it('sends every setting under the names of the service', async () => {
    const service = await played()
    const config = configured(
      service.url,
      {
        beta: 0.2,
        epochs: 3,
        batchSize: 4,
        learningRate: 1e-5,
        warmupRatio: 0.25,
        weightDecay: 0.01,
        maxTokens: 3000,
        lora: { rank: 8 },
      },
      { options: { wandbConfig: { enabled: false } } },
    )
    const job = someJob(config, 'qwen3-8b')
    await trainerOf(config).submit(job)
    expect(service.jobs[0]?.body).toEqual({
      dataset: expect.stringMatching(/^accounts\/me\/datasets\/attune-[0-9a-f]{32}$/),
      displayName: `attune-${job.key.slice(0, 32)}`,
      lossConfig: { method: 'DPO', dpo: { beta: 0.2 } },
      wandbConfig: { enabled: false },
      trainingConfig: {
        baseModel: BASE,
        outputModel: `attune-${job.key.slice(0, 32)}`,
        epochs: 3,
        learningRate: 1e-5,
        learningRateWarmupSteps: 2,
        loraRank: 8,
        maxContextLength: 3000,
        batchSizeSamples: 4,
        optimizerWeightDecay: 0.01,
      },
    })
  })

  it('takes a job of its id that another process created in the meantime for its own', async () => {
    const service = await played()
    const config = configured(service.url)
    const job = someJob(config, BASE)
    const [first, second] = await Promise.all([trainerOf(config).submit(job), trainerOf(config).submit(job)])
    expect(first.id).toBe(second.id)
    expect(service.jobs).toHaveLength(1)
  })

  it('does not pay again for a night whose job has succeeded, even without its handle', async () => {
    const service = await played()
    const config = configured(service.url)
    const job = someJob(config, BASE)
    const results = []
    for (let night = 0; night < 2; night++)
      results.push(await trainerOf(config).collect(await trainerOf(config).submit(job), job))
    expect(results[1]).toEqual(results[0])
    expect(service.jobs).toHaveLength(1)
  })

  it('uploads once for equal pairs, and tells why a dataset is refused', async () => {
    const service = await played({ processingLooks: 3 })
    const config = configured(service.url)
    for (const address of [['a'], ['b']]) await trainerOf(config).submit(someJob(config, BASE, { address }))
    expect(service.log.filter((label) => label.endsWith(':upload'))).toHaveLength(1)
    expect(service.jobs).toHaveLength(2)

    const refusing = await played({ rejected: 'line 2: role' })
    const other = configured(refusing.url)
    await expect(trainerOf(other).submit(someJob(other, BASE))).rejects.toMatchObject({
      code: 'TRAINER_DATA_REJECTED',
      message: expect.stringContaining('line 2: role'),
    })
    expect(refusing.jobs).toEqual([])
  })

  it.each([
    [
      'as lines',
      undefined,
      [
        { step: 1, loss: 1, 'rewards/accuracies': 0.5 },
        { step: 2, loss: 0.5, 'rewards/accuracies': 0.5 },
      ],
    ],
    ['torn', '{"step": 1, "loss": 0.7}\n{"step": 2, "lo', [{ step: 1, loss: 0.7 }]],
    ['of a form not known', 'step,loss\n1,0.7\n', []],
  ])('reads metrics %s', async (_what, metrics, log) => {
    const service = await played({ ...(metrics !== undefined && { metrics }) })
    const config = configured(service.url)
    const job = someJob(config, BASE)
    const result = await trainerOf(config).collect(await trainerOf(config).submit(job), job)
    expect(result).toMatchObject({ log, usd: null, seconds: 600 })
  })

  it('holds base and lengths against what the service tells, before anything is sent', async () => {
    const service = await played({ model: { contextLength: 300, tunable: false } })
    const config = configured(service.url)
    const codes = async (base: string, prompt: string): Promise<string[]> => {
      const pairs = [{ ...somePairs(1)[0]!, prompt }]
      const { problems } = await trainerOf(config).plan(someJob(config, base, { pairs }))
      return problems.map(({ code }) => code)
    }
    expect(await codes(BASE, 'a'.repeat(1400))).toEqual(['PAIRS_TOO_FEW', 'PAIR_TOO_LONG', 'TRAINER_CANNOT'])
    expect(await codes('unknown', 'short')).toEqual(['PAIRS_TOO_FEW', 'TRAINER_NOT_FOUND'])
    expect(service.log.filter((label) => !label.startsWith('GET'))).toEqual([])
  })

  it('tells that the reference of a second night is not documented', async () => {
    const service = await played()
    const config = configured(service.url)
    const job = someJob(config, BASE)
    const { checkpoint } = await trainerOf(config).collect(await trainerOf(config).submit(job), job)
    const { notes } = await trainerOf(config).plan(someJob(config, BASE, { parent: checkpoint }))
    expect(notes.join()).toContain('whether the reference')
    for (const foreign of [{ kind: 'adapter' as const }, { trainer: 'together/1' }]) {
      const parent = { ...checkpoint, ...foreign }
      const { problems } = await trainerOf(config).plan(someJob(config, BASE, { parent }))
      expect(problems.map(({ code }) => code)).toEqual(['TRAINING_PARENT_MISMATCH'])
    }
  })
})

describe('settings that fireworks', () => {
  const refused = (block: Record<string, unknown>, hosted = {}): (string | undefined)[] =>
    checkTrainer(configured('http://127.0.0.1/v1', block, hosted), ENV).map(({ details }) => details.key)

  it('follows are taken, with its key', () => {
    expect(refused({})).toEqual([])
    expect(
      refused({ beta: 0.49, warmupRatio: 0.5, weightDecay: 1, batchSize: 64, lora: { rank: 64 } }),
    ).toEqual([])
    expect(checkTrainer(configured('http://127.0.0.1/v1'), {}).map(({ code }) => code)).toEqual([
      'TRAINER_KEY_MISSING',
    ])
  })

  it.each([
    ['method', { method: 'kto' }],
    ['beta', { beta: 0.5 }],
    ['schedule', { schedule: 'cosine' }],
    ['maxGradNorm', { maxGradNorm: 2 }],
    ['adamBeta1', { adamBeta1: 0.8 }],
    ['adamBeta2', { adamBeta2: 0.99 }],
    ['adamEpsilon', { adamEpsilon: 1e-6 }],
    ['labelSmoothing', { labelSmoothing: 0.1 }],
    ['likelihoodWeight', { likelihoodWeight: 1 }],
    ['continuationMask', { continuationMask: true }],
    ['reference', { reference: 'base' }],
    ['lora', { lora: null }],
    ['lora.rank', { lora: { rank: 65 } }],
    ['lora.alpha', { lora: { alpha: 16 } }],
    ['lora.dropout', { lora: { dropout: 0.1 } }],
    ['lora.modules', { lora: { modules: ['q_proj'] } }],
  ])('cannot follow are refused by name: %s', (key, block) => {
    expect(refused(block)).toEqual([`trainer.${key}`])
  })

  it.each([
    ['hosted.account', { account: null }],
    ['hosted.options', { options: { trainingConfig: {} } }],
    ['hosted.hardware', { hardware: 'a10g-large' }],
    ['hosted.usdPerHour', { usdPerHour: 2 }],
  ])('cannot follow are refused by name: %s', (key, hosted) => {
    expect(refused({}, hosted)).toEqual([`trainer.${key}`])
  })
})
