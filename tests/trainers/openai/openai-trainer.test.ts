import { describe, expect, it } from 'vitest'
import type { TrainerConfig } from '../../../configs/schema.js'
import { checkTrainer } from '../../../trainers/check-trainer.js'
import { HostedTrainer } from '../../../trainers/hosted/hosted-trainer.js'
import { OpenAiService } from '../../../trainers/openai/openai-service.js'
import type { JobHandle } from '../../../trainers/trainer.js'
import { closingAfter } from '../../support/trainers/closing.js'
import { someJob, somePairs, trainerConfig } from '../../support/trainers/hosted-job.js'
import { describeHosted } from '../../support/trainers/hosted-suite.js'
import { OPENAI_KEY, playOpenAi } from '../../support/trainers/openai.js'

const BASE = 'gpt-4.1-mini-2025-04-14'
const ENV = { OPENAI_API_KEY: OPENAI_KEY }

const configured = (url: string, further: Record<string, unknown> = {}, hosted = {}): TrainerConfig =>
  trainerConfig({
    backend: 'openai',
    base: BASE,
    reference: 'previous',
    hosted: { url, pollSeconds: 0.02, retries: 4, options: { learning_rate_multiplier: 'auto' }, ...hosted },
    ...further,
  })

describeHosted({
  name: 'openai',
  play: () => playOpenAi(),
  config: (url) => configured(url),
  service: (config) => new OpenAiService(config, process.env, { backoffMs: 5 }),
  base: BASE,
  key: ['OPENAI_API_KEY', OPENAI_KEY],
  create: 'POST /v1/fine_tuning/jobs$',
  look: 'GET /v1/fine_tuning/jobs/',
  before: ['POST /v1/files', 'GET /v1/files/'],
  isCancelled: ({ log, jobs }) => log.at(-1)?.endsWith('/cancel') === true && jobs[0]?.state === 'cancelled',
})

const played = closingAfter(playOpenAi)

const trainerOf = (config: TrainerConfig): HostedTrainer =>
  new HostedTrainer(new OpenAiService(config, ENV, { backoffMs: 5 }), config.hosted)

describe('the openai backend', () => {
  it('sends hyperparameters under the names of the service, and what is further asked for', async () => {
    const service = await played()
    const options = { learning_rate_multiplier: 0.5, validation_file: 'file-9' }
    const config = configured(service.url, { beta: 0.3, epochs: 3, batchSize: 8 }, { options })
    await trainerOf(config).submit(someJob(config, BASE))
    expect(service.jobs[0]?.body).toMatchObject({
      model: BASE,
      validation_file: 'file-9',
      method: {
        type: 'dpo',
        dpo: { hyperparameters: { beta: 0.3, n_epochs: 3, batch_size: 8, learning_rate_multiplier: 0.5 } },
      },
    })
    const rows = [...service.files.values()][0]!.trim().split('\n')
    expect(JSON.parse(rows[1]!)).toEqual({
      input: { messages: [{ role: 'user', content: somePairs()[1]!.prompt }] },
      preferred_output: [{ role: 'assistant', content: 'No Recommendation' }],
      non_preferred_output: [{ role: 'assistant', content: somePairs()[1]!.rejected }],
    })
  })

  it('puts events and checkpoints of all pages into one log, and tells tokens and seconds', async () => {
    const service = await played()
    const config = configured(service.url)
    const job = someJob(config, BASE)
    const steps: unknown[] = []
    const handle = await trainerOf(config).submit(job)
    const result = await trainerOf(config).collect(handle, job, { onStatus: (s) => steps.push(s.progress) })
    expect(steps).toContainEqual({ step: 2, steps: 3 })
    expect(result.log).toEqual([
      { step: 1, loss: 1, mean_token_accuracy: 0.5 },
      { step: 2, loss: 0.5, mean_token_accuracy: 0.5 },
      { step: 3, loss: 1 / 3, mean_token_accuracy: 0.5, full_valid_loss: 0.25 },
    ])
    expect(result.checkpoint.metrics).toMatchObject({ step: 3, num_tokens: 1200 })
    expect(result).toMatchObject({ seconds: 600, usd: null })
  })

  it.each([{ ignoresFilter: true }, { dropsMetadata: true }, { ignoresFilter: true, dropsMetadata: true }])(
    'finds its job, and no other, at a server with %o',
    async (options) => {
      const service = await played(options)
      const config = configured(service.url)
      for (const address of [['a'], ['b'], ['c']])
        await trainerOf(config).submit(someJob(config, BASE, { address }))
      service.faults.push({ on: 'POST /v1/fine_tuning/jobs', kind: 'after' })
      const job = someJob(config, BASE, { address: ['d'] })
      await expect(trainerOf(config).submit(job)).resolves.toMatchObject({ id: 'ftjob-4' })
      expect(service.jobs).toHaveLength(4)
    },
  )

  it('waits for a job that a resume finds in no list yet', async () => {
    const service = await played({ lateLists: 5 })
    const config = configured(service.url)
    const job = someJob(config, BASE)
    const saved: JobHandle[] = []
    const save = (handle: JobHandle): Promise<void> => Promise.resolve(void saved.push(handle))
    await trainerOf(config).submit(job, { save })
    const stored = saved.find(({ refs }) => refs?.['announced'] === 'yes')!
    await expect(trainerOf(config).submit(job, { stored })).resolves.toMatchObject({ id: 'ftjob-1' })
    expect(service.jobs).toHaveLength(1)
  })

  it('does not take a failed job of a deleted handle for the new one', async () => {
    const service = await played()
    const config = configured(service.url)
    const job = someJob(config, BASE)
    await trainerOf(config).submit(job)
    service.faults.push({ on: 'POST /v1/fine_tuning/jobs', kind: 'after' })
    const handle: JobHandle = await trainerOf(config).submit(job)
    expect(handle.id).toBe('ftjob-2')
  })

  it('tells in words of its own that OpenAI has closed fine-tuning for the account', async () => {
    const service = await played()
    const config = configured(service.url)
    const body = { error: { message: 'Training is not available.', code: 'training_not_available' } }
    service.faults.push({ on: 'POST /v1/fine_tuning/jobs', kind: { status: 403, body } })
    await expect(trainerOf(config).submit(someJob(config, BASE))).rejects.toMatchObject({
      code: 'TRAINER_CLOSED',
      details: { hint: expect.stringContaining('2027-01-06') },
    })
  })

  it('waits where a server reads files in first, with Azure’s header for the key', async () => {
    const service = await played({ header: 'api-key', processingLooks: 3 })
    const url = 'https://home.openai.azure.com/openai/v1'
    const config = configured(url)
    const original = globalThis.fetch
    globalThis.fetch = (to, init) => original((to as string).replace(url, service.url), init)
    try {
      const { notes } = await trainerOf(config).plan(someJob(config, BASE))
      expect(notes.join()).toContain('deployed')
      await trainerOf(config).submit(someJob(config, BASE))
    } finally {
      globalThis.fetch = original
    }
    expect(service.log.filter((label) => label === 'GET /v1/files/file-1')).toHaveLength(4)
    expect(service.jobs).toHaveLength(1)
  })

  it('refuses too few, empty and too long pairs before anything is sent, and tells of lengths that are near', async () => {
    const service = await played()
    const config = configured(service.url, { maxPromptTokens: 500, maxTokens: 600 })
    const pair = somePairs(1)[0]!
    const pairs = [
      { ...pair, prompt: ' ' },
      { ...pair, step: 7, prompt: 'a'.repeat(3000) },
      { ...pair, step: 8, prompt: 'a'.repeat(1500) },
    ]
    const { problems, notes, usd } = await trainerOf(config).plan(someJob(config, BASE, { pairs }))
    expect(problems.map(({ code }) => code)).toEqual([
      'PAIRS_TOO_FEW',
      'PAIR_EMPTY',
      'PAIR_TOO_LONG',
      'PAIR_TOO_LONG',
    ])
    expect(problems[2]?.message).toContain('step 7')
    expect(notes.join()).toContain('does not tell how long')
    expect(usd).toBeNull()
    expect(service.log.filter((label) => !label.startsWith('GET'))).toEqual([])
    const near = await trainerOf(config).plan(
      someJob(config, BASE, { pairs: [...somePairs(), { ...pair, prompt: 'a'.repeat(1500) }] }),
    )
    expect(near.problems).toEqual([])
    expect(near.notes.join()).toContain('estimates')
  })
})

describe('settings that openai', () => {
  const refused = (block: Record<string, unknown>, hosted = {}): (string | undefined)[] =>
    checkTrainer(configured('http://127.0.0.1/v1', block, hosted), ENV).map(({ details }) => details.key)

  it('follows are taken, with its key', () => {
    expect(refused({})).toEqual([])
    expect(refused({ beta: 2, epochs: 50, batchSize: 256, maxTokens: 9000, maxPromptTokens: 8000 })).toEqual(
      [],
    )
    expect(checkTrainer(configured('http://127.0.0.1/v1'), {}).map(({ code }) => code)).toEqual([
      'TRAINER_KEY_MISSING',
    ])
  })

  it.each([
    ['method', { method: 'ipo' }],
    ['beta', { beta: 2.1 }],
    ['epochs', { epochs: 51 }],
    ['batchSize', { batchSize: 257 }],
    ['schedule', { schedule: 'cosine' }],
    ['warmupRatio', { warmupRatio: 0.1 }],
    ['weightDecay', { weightDecay: 0.01 }],
    ['adamBeta1', { adamBeta1: 0.8 }],
    ['adamBeta2', { adamBeta2: 0.99 }],
    ['adamEpsilon', { adamEpsilon: 1e-6 }],
    ['maxGradNorm', { maxGradNorm: 2 }],
    ['labelSmoothing', { labelSmoothing: 0.1 }],
    ['likelihoodWeight', { likelihoodWeight: 1 }],
    ['continuationMask', { continuationMask: true }],
    ['reference', { reference: 'base' }],
    ['lora', { lora: {} }],
  ])('cannot follow are refused by name: %s', (key, block) => {
    expect(refused(block)).toEqual([`trainer.${key}`])
  })

  it.each([
    ['learningRate', { options: {} }],
    ['learningRate', { options: { learning_rate_multiplier: 0 } }],
    ['hosted.options', { options: { learning_rate_multiplier: 1, model: 'x' } }],
    ['hosted.hardware', { hardware: 'a10g-large' }],
    ['hosted.account', { account: 'me' }],
    ['hosted.usdPerHour', { usdPerHour: 2 }],
    ['hosted.url', { url: 'http://127.0.0.1/openai?api-version=1' }],
  ])('cannot follow are refused by name: %s, %o', (key, hosted) => {
    expect(refused({}, hosted)).toEqual([`trainer.${key}`])
  })
})
