import { afterEach, describe, expect, it } from 'vitest'
import type { TrainerConfig } from '../../../configs/schema.js'
import { checkTrainer } from '../../../trainers/check-trainer.js'
import { HfJobsService } from '../../../trainers/hf-jobs/hf-jobs-service.js'
import type { JobPlan, TrainingJob } from '../../../trainers/trainer.js'
import { someJob, somePairs, trainerConfig } from '../../support/trainers/hosted-job.js'
import {
  HUB_BASE,
  HUB_TOKEN,
  type HubOptions,
  type PlayedHub,
  playHub,
  whoami,
} from '../../support/trainers/hub.js'

const hubs: PlayedHub[] = []
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close()
})

const configured = (hosted: object = {}, further: object = {}): TrainerConfig =>
  trainerConfig({ backend: 'hf-jobs', base: HUB_BASE, lora: {}, hosted, ...further })

interface Asked {
  hub?: HubOptions
  hosted?: object
  config?: object
  job?: Partial<TrainingJob>
  token?: string
  now?: string
}

async function planOf({ hub = {}, hosted, config, job, token = HUB_TOKEN, now }: Asked): Promise<JobPlan> {
  const played = await playHub(hub)
  hubs.push(played)
  const settings = configured({ url: played.url, retries: 1, ...hosted }, config)
  const timing = { backoffMs: 1, ...(now !== undefined && { now: () => Date.parse(now) }) }
  const service = new HfJobsService(settings, { HF_TOKEN: token }, timing)
  const plan = await service.plan(someJob(settings, job?.base ?? HUB_BASE, job), {})
  expect(played.objections).toEqual([])
  expect(played.log.every((label) => label.startsWith('GET'))).toBe(true)
  return plan
}

const messages = ({ problems }: JobPlan): string[] =>
  problems.map(({ code, message }) => `${code} ${message}`)
const fineGrained = (permissions: string[], name = 'tester', global: string[] = []): object =>
  whoami({
    accessToken: {
      displayName: 't',
      role: 'fineGrained',
      fineGrained: {
        canReadGatedRepos: true,
        global,
        scoped: [{ entity: { _id: 'u', type: 'user', name }, permissions }],
      },
    },
  })

describe('the plan of hf-jobs', () => {
  it('has no problem with a token that may write, and tells the most that a job can cost', async () => {
    const { problems, usd, notes } = await planOf({})
    expect(problems).toEqual([])
    expect(usd).toBeCloseTo(2.0, 3)
    expect(notes.join('\n')).toMatch(/a10g-small at \$1\.00 an hour: at most \$2\.00, after 120 minutes/)
  })

  it.each([
    ['its own hardware and time', { hardware: 'a100-large', timeoutMinutes: 30 }, 1.25],
    ['a price of its own', { usdPerHour: 3 }, 6],
    ['a CPU', { hardware: 'cpu-basic' }, 0.02],
  ])('reckons with %s', async (_what, hosted, usd) => {
    expect((await planOf({ hosted })).usd).toBeCloseTo(usd, 2)
  })

  it('refuses hardware that there is not, and names what there is', async () => {
    const plan = await planOf({ hosted: { hardware: 'h100' } })
    expect(messages(plan)).toEqual(['TRAINER_CANNOT hf-jobs has no hardware called h100'])
    expect(plan.problems[0]?.details.hint).toContain('a10g-small')
  })

  it.each([
    [
      'a token that may only read',
      whoami({ accessToken: { displayName: 't', role: 'read' } }),
      'may only read',
    ],
    ['a token without jobs', fineGrained(['repo.write', 'repo.content.read']), 'job.write for tester'],
    ['a token without repositories', fineGrained(['job.write']), 'repo.write for tester'],
    [
      'a token of another account',
      fineGrained(['job.write', 'repo.write'], 'lab'),
      'repo.write and job.write for tester',
    ],
    ['a token that expires too early', whoami({ expiresAt: '2026-11-21T01:59:00.000Z' }), 'expires at'],
  ])('refuses %s before anything is paid', async (_what, told, said) => {
    const plan = await planOf({
      hub: { whoami: () => told },
      token: 'hf_other',
      now: '2026-11-21T00:00:00.000Z',
    })
    expect(messages(plan)).toEqual([expect.stringContaining(`TRAINER_DENIED`)])
    expect(messages(plan)[0]).toContain(said)
  })

  it.each([
    ['both scopes', fineGrained(['repo.write', 'job.write'])],
    ['both scopes everywhere', fineGrained([], 'tester', ['repo.write', 'job.write'])],
    ['time enough', whoami({ expiresAt: '2026-11-21T03:00:00.000Z' })],
  ])('takes a token with %s', async (_what, told) => {
    const plan = await planOf({
      hub: { whoami: () => told },
      token: 'hf_other',
      now: '2026-11-21T00:00:00.000Z',
    })
    expect(messages(plan)).toEqual([])
  })

  it('runs for an organisation of the token, tells that it cannot pay, and refuses strangers', async () => {
    const plan = await planOf({ hosted: { account: 'lab' } })
    expect(messages(plan)).toEqual([])
    expect(plan.notes.join()).toContain('lab has no means of payment')
    const strange = await planOf({ hosted: { account: 'acme' } })
    expect(messages(strange)).toEqual([
      expect.stringContaining('the token is of tester, which is not in acme'),
    ])
  })

  it.each(['nano', '/models/mine', 'tester/missing'])(
    'refuses the base %s, which is not on the Hub',
    async (base) => {
      const plan = await planOf({ job: { base } })
      expect(messages(plan)).toEqual([expect.stringContaining(base)])
    },
  )

  it('refuses a parent that is no adapter', async () => {
    const parent = {
      id: 'p',
      parent: null,
      base: HUB_BASE,
      trainer: 'x',
      pairs: '',
      location: '',
      metrics: {},
    }
    const full = await planOf({ job: { parent: { ...parent, kind: 'full' }, parentDir: '/x' } })
    expect(messages(full)).toEqual([expect.stringContaining('TRAINING_PARENT_MISMATCH')])
    const hosted = await planOf({ job: { parent: { ...parent, kind: 'hosted' } } })
    expect(messages(hosted)).toEqual([expect.stringContaining('TRAINING_PARENT_MISMATCH')])
  })

  it('refuses pairs that cannot fit, and tells of those that perhaps do not', async () => {
    const [pair] = somePairs(1)
    const long = { ...pair!, prompt: 'x'.repeat(900) }
    const over = await planOf({ config: { maxPromptTokens: 100 }, job: { pairs: [long] } })
    expect(messages(over)).toEqual([expect.stringContaining('PAIR_TOO_LONG')])
    const near = await planOf({ config: { maxPromptTokens: 200 }, job: { pairs: [long] } })
    expect(messages(near)).toEqual([])
    expect(near.notes.join()).toContain('the job counts tokens before it trains')
  })
})

describe('settings of hf-jobs', () => {
  const codes = (config: TrainerConfig, token: string | undefined = HUB_TOKEN): string[] =>
    checkTrainer(config, { HF_TOKEN: token }).map(({ code, details }) => `${code} ${details.key}`)

  it('are taken where TRL can follow them', () => {
    for (const method of ['dpo', 'ipo', 'kto', 'sft']) expect(codes(configured({}, { method }))).toEqual([])
    expect(codes(configured({}, { likelihoodWeight: 0.2, reference: 'previous' }))).toEqual([])
    expect(codes(configured({ options: { dockerImage: 'huggingface/trl', arch: 'amd64' } }))).toEqual([])
  })

  it.each([
    ['lora', {}, { lora: null }],
    ['labelSmoothing', {}, { labelSmoothing: 0.1 }],
    ['continuationMask', {}, { continuationMask: true }],
    ['likelihoodWeight', {}, { likelihoodWeight: 0.1, method: 'kto' }],
    ['batchSize', {}, { batchSize: 1, method: 'kto' }],
    ['hosted.options.command', { options: { command: ['sh'] } }, {}],
    ['hosted.options.labels', { options: { labels: {} } }, {}],
  ])('are refused where it cannot: %s', (key, hosted, further) => {
    expect(codes(configured(hosted, further))).toEqual([`TRAINER_CANNOT trainer.${key}`])
  })

  it('want a token of Hugging Face', () => {
    expect(codes(configured(), '')).toEqual(['TRAINER_KEY_MISSING trainer.hosted.keyFrom'])
    expect(codes(configured(), 'sk-1')).toEqual(['HUB_TOKEN_INVALID trainer.hosted.keyFrom'])
    expect(checkTrainer(configured({ keyFrom: 'MINE' }), { MINE: 'hf_x' })).toEqual([])
  })
})
