import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HfJobsService } from '../../../trainers/hf-jobs/hf-jobs-service.js'
import { HostedTrainer } from '../../../trainers/hosted/hosted-trainer.js'
import type { CollectedJob, JobHandle, JobStatus, TrainingJob } from '../../../trainers/trainer.js'
import { someJob, somePairs, trainerConfig } from '../../support/trainers/hosted-job.js'
import { HUB_BASE, HUB_TOKEN, type HubOptions, type PlayedHub, playHub } from '../../support/trainers/hub.js'
import type { Output } from '../../support/trainers/hub/container.js'

let hub: PlayedHub
let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'attune-hf-'))))
afterEach(async () => {
  await hub.close()
  rmSync(folder, { recursive: true, force: true })
})

const CONFIG = 'adapter_config.json'
const WEIGHTS = 'adapter_model.safetensors'

async function start(options: HubOptions = {}): Promise<void> {
  hub = await playHub(options)
  hub.script = ['running', 'succeeded']
}

function nightOf(day: string, further: Partial<TrainingJob> = {}, hosted: object = {}): TrainingJob {
  const config = trainerConfig({
    backend: 'hf-jobs',
    lora: { rank: 2, modules: ['q_proj', 'v_proj'] },
    hosted: { url: hub.url, pollSeconds: 0.01, retries: 2, ...hosted },
  })
  const outputDir = join(folder, day, 'checkpoint')
  return someJob(config, HUB_BASE, { address: [1, 'Amara & son', day, 'night'], outputDir, ...further })
}

const trainerOf = (job: TrainingJob): HostedTrainer =>
  new HostedTrainer(
    new HfJobsService(job.config, { HF_TOKEN: HUB_TOKEN }, { backoffMs: 1, quietMs: 30 }),
    job.config.hosted,
  )

async function train(job: TrainingJob): Promise<CollectedJob & { handle: JobHandle; looks: JobStatus[] }> {
  const trainer = trainerOf(job)
  const looks: JobStatus[] = []
  const handle = await trainer.submit(job)
  const result = await trainer.collect(handle, job, { onStatus: (status) => looks.push(status) })
  return { ...result, handle, looks }
}

describe('a night on Hugging Face Jobs', () => {
  it('leaves an adapter, its log, seconds and price; repositories are private', async () => {
    await start()
    const job = nightOf('day-1')
    const { checkpoint, log, usd, seconds, looks } = await train(job)
    expect(readdirSync(job.outputDir).toSorted()).toEqual([CONFIG, WEIGHTS, 'training.json'])
    expect(readdirSync(join(folder, 'day-1'))).toEqual(['checkpoint'])
    expect(checkpoint).toMatchObject({ kind: 'adapter', trainer: 'hf-jobs/trl-1.13.0', base: HUB_BASE })
    expect(checkpoint.metrics).toEqual(log.at(-1))
    expect(log.map(({ step }) => step)).toEqual([1, 2, 3])
    expect(seconds).toBe(600)
    expect(usd).toBeCloseTo(0.166_67, 4)
    expect(looks.map(({ progress }) => progress)).toContainEqual({ step: 2, steps: 3 })
    const made = [...hub.repos.repos.values()].filter(({ name }) => name !== HUB_BASE)
    expect(made.map(({ name }) => name.replace(/-[0-9a-f]{8}$/, ''))).toEqual([
      'tester/attune-pairs-Amara-son',
      'tester/attune-Amara-son',
    ])
    expect(made.every((repo) => repo.private)).toBe(true)
  })

  it('asks for hardware, time and labels as configured; the token is a secret', async () => {
    await start()
    const options = { dockerImage: 'huggingface/trl', resourceGroupId: 'r1' }
    await train(nightOf('day-1', {}, { hardware: 't4-small', timeoutMinutes: 45, options }))
    const { environment, labels, ...body } = hub.jobs[0]!.body
    expect(body).toMatchObject({ ...options, flavor: 't4-small', timeoutSeconds: 2700 })
    expect(labels).toMatchObject({ 'attune-key': nightOf('day-1').key })
    expect(JSON.stringify(environment)).not.toContain(HUB_TOKEN)
    expect(body['secrets']).toEqual({ HF_TOKEN: HUB_TOKEN })
  })

  it('goes on from yesterday’s adapter, which is taken along; both days share their repositories', async () => {
    await start()
    const first = nightOf('day-1')
    const { checkpoint } = await train(first)
    const second = nightOf('day-2', { parent: checkpoint, parentDir: first.outputDir })
    expect((await train(second)).checkpoint.parent).toBe(checkpoint.id)
    expect(hub.repos.repos.size).toBe(3)
    const pairs = [...hub.repos.repos.values()].find(({ name }) => name.includes('pairs'))!
    const { files } = hub.repos.at(pairs, 'main')
    expect(files.get(`parent/${WEIGHTS}`)).toEqual(readFileSync(join(first.outputDir, WEIGHTS)))
    expect(JSON.parse(files.get('job.json')!.toString())).toMatchObject({ parent: true, base: HUB_BASE })
  })

  it('has text rows where no pair has a system message', async () => {
    await start()
    const pairs = somePairs(4).map((pair) => ({ ...pair, system: null }))
    await train(nightOf('day-1', { pairs }))
    const repo = [...hub.repos.repos.values()].find(({ name }) => name.includes('pairs'))!
    const [row] = hub.repos.at(repo, 'main').files.get('data/train.jsonl')!.toString().split('\n')
    const { prompt, chosen, rejected } = pairs[0]!
    expect(JSON.parse(row!)).toEqual({ prompt, chosen, rejected })
  })

  it('takes a stage that it does not know for a live one', async () => {
    await start({ runningStage: 'UPDATING' })
    const { looks } = await train(nightOf('day-1'))
    expect(looks.map(({ state }) => state)).toEqual(['running', 'succeeded'])
  })

  it('tells what the job itself says has gone wrong', async () => {
    await start()
    hub.script = ['failed']
    await expect(train(nightOf('day-1'))).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('PAIR_TOO_LONG: a prompt has 9000 tokens'),
    })
  })

  it('that was given up and is trained anew gets a job and a branch of its own', async () => {
    await start()
    hub.script = ['failed']
    await expect(train(nightOf('day-1'))).rejects.toMatchObject({ code: 'TRAINING_FAILED' })
    hub.script = ['succeeded']
    hub.faults.push({ on: 'POST /api/jobs/tester$', kind: 'after' })
    const { handle } = await train(nightOf('day-1'))
    expect(handle).toMatchObject({
      id: 'job-2',
      refs: { earlier: 'job-1', branch: expect.stringMatching(/-2$/) },
    })
    expect(hub.jobs).toHaveLength(2)
  })

  it.each([{ ignoresLabels: true }, { page: 1 }])(
    'whose creation got no answer is found among jobs of others: %o',
    async (options) => {
      await start(options)
      for (const day of ['other-1', 'other-2', 'other-3'])
        await trainerOf(nightOf(day)).submit(nightOf(day, keyed(day)))
      hub.faults.push({ on: 'POST /api/jobs/tester$', kind: 'after' })
      const { handle } = await train(nightOf('day-1'))
      expect(handle.id).toBe('job-4')
      expect(hub.jobs).toHaveLength(4)
    },
  )

  it('is not pushed into a repository that somebody has made public', async () => {
    await start()
    await train(nightOf('day-1'))
    for (const repo of hub.repos.repos.values()) repo.private = false
    await expect(train(nightOf('day-2', keyed('day-2')))).rejects.toMatchObject({ code: 'HUB_REPO_PUBLIC' })
    expect(hub.jobs).toHaveLength(1)
  })

  it('has its pairs pushed again where an upload breaks off, and once where the commit’s answer is lost', async () => {
    await start()
    hub.faults.push({
      on: '/commit/main',
      kind: { status: 412, body: { error: 'A commit has happened since' } },
    })
    hub.faults.push({ on: '/preupload/', kind: 'before' })
    hub.faults.push({ on: '/commit/main', kind: { status: 500, body: {} } })
    await train(nightOf('day-1'))
    expect(hub.jobs).toHaveLength(1)
  })
})

const keyed = (day: string): Partial<TrainingJob> => ({
  key: Buffer.from(day).toString('hex').padEnd(64, '0'),
})

describe('what a job has pushed', () => {
  const edit = (output: Output, name: string, change: (text: string) => string): unknown =>
    output.set(name, Buffer.from(change(output.get(name)!.toString('latin1')), 'latin1'))

  it.each<[string, (output: Output) => unknown, string]>([
    ['nothing', (output) => output.clear(), 'TRAINING_OUTPUT_MISSING'],
    ['only its configuration', (output) => output.delete(WEIGHTS), 'TRAINING_OUTPUT_MISSING'],
    ['weights without a description', (output) => output.delete('attune.json'), 'TRAINING_OUTPUT_MISSING'],
    [
      'shorter weights',
      (output) => edit(output, WEIGHTS, (text) => text.slice(0, -4)),
      'TRAINING_OUTPUT_INVALID',
    ],
    [
      'other weights',
      (output) => edit(output, WEIGHTS, (text) => `${text.slice(0, -1)}!`),
      'TRAINING_OUTPUT_INVALID',
    ],
    [
      'another configuration',
      (output) => edit(output, CONFIG, (text) => text.replace('"r":2', '"r":3')),
      'TRAINING_OUTPUT_INVALID',
    ],
    [
      'the adapter of another night',
      (output) => edit(output, 'attune.json', (text) => text.replace(/"key":"..../, '"key":"0000')),
      'TRAINING_OUTPUT_INVALID',
    ],
    [
      'a description that is none',
      (output) => output.set('attune.json', Buffer.from('[]')),
      'TRAINING_OUTPUT_INVALID',
    ],
  ])('is refused when it is %s, and nothing stays in the run', async (_what, spoil, code) => {
    await start({ spoil })
    const job = nightOf('day-1')
    await expect(train(job)).rejects.toMatchObject({ code })
    expect(existsSync(job.outputDir)).toBe(false)
    expect(existsSync(join(folder, 'day-1')) ? readdirSync(join(folder, 'day-1')) : []).toEqual([])
  })

  it('brings nothing along but the adapter', async () => {
    await start({ spoil: (output) => output.set('training_args.bin', Buffer.from('pickle')) })
    const job = nightOf('day-1')
    await train(job)
    expect(readdirSync(job.outputDir)).not.toContain('training_args.bin')
    expect(hub.log.some((label) => label.includes('training_args'))).toBe(false)
  })

  it('is fetched again when the download breaks off, and given up when it always does', async () => {
    await start()
    hub.faults.push({ on: 'GET /signed/', kind: 'half' })
    hub.faults.push({ on: 'GET /signed/', kind: 'before' })
    await train(nightOf('day-1'))
    hub.faults.push({ on: 'GET /signed/', kind: 'half', times: 99 })
    await expect(train(nightOf('day-2', keyed('day-2')))).rejects.toMatchObject({
      code: 'TRAINER_UNREACHABLE',
    })
  })
})
