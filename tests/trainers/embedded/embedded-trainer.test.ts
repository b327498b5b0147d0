import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runSchema } from '../../../configs/schema.js'
import type { PreferencePair } from '../../../datasets/schema.js'
import { loadModelFolder, saveModelFolder } from '../../../models/lm/hf-folder.js'
import { loadLoraFolder, loadMergedFolder } from '../../../models/lm/lora-folder.js'
import { LINEAR_MODULES } from '../../../models/lm/llama-config.js'
import { ReplyTrie } from '../../../models/lm/trie.js'
import { makeWordTokenizer } from '../../../models/lm/word-tokenizer.js'
import { EmbeddedTrainer } from '../../../trainers/embedded/embedded-trainer.js'
import type { TrainingJob } from '../../../trainers/trainer.js'
import { TINY, tinyWeights } from '../../models/lm/tiny-llama.js'

const WORDS = ['Monday', 'kitchen', 'tea', 'walk', 'drink', 'take', 'a', 'No', 'Recommendation', '.']
let dir: string
let base: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'attune-embedded-'))
  base = join(dir, 'base')
  await saveModelFolder(base, {
    config: TINY,
    weights: tinyWeights(),
    tokenizerFrom: makeWordTokenizer(WORDS),
  })
})
afterEach(() => rm(dir, { recursive: true }))

const pairs = Array.from({ length: 6 }, (_, step): PreferencePair => ({
  system: null,
  prompt: 'Monday kitchen',
  chosen: 'drink tea',
  rejected: step % 2 ? 'take a walk' : 'No Recommendation',
  kind: 'spoken>spoken',
  chosenScore: 4,
  rejectedScore: 1,
  persona: 'ada',
  day: 1,
  step,
  sinceDelivery: null,
}))

function jobOf(
  name: string,
  overrides: Record<string, unknown> = {},
  rest: Partial<TrainingJob> = {},
): TrainingJob {
  const trainer = runSchema.parse({
    name: 'x',
    days: 1,
    trainer: { learningRate: 1e-3, ...overrides },
  }).trainer
  const outputDir = join(dir, name)
  return {
    key: name,
    address: [1, 'ada', 1],
    base,
    parent: null,
    parentDir: null,
    pairs,
    config: trainer,
    outputDir,
    ...rest,
  }
}
const lora = { rank: 2, alpha: 4, dropout: 0, modules: [...LINEAR_MODULES] }

test('a night gives a model folder, and the same job again the same handle and bytes', async () => {
  const trainer = new EmbeddedTrainer()
  const job = jobOf('night')
  const [handle, again] = [await trainer.submit(job), await trainer.submit(job)]
  expect(again).toEqual(handle)
  const { checkpoint, log } = await trainer.collect(handle)
  expect(checkpoint).toMatchObject({ kind: 'full', parent: null, base, location: 'night' })
  expect(await trainer.status(handle)).toMatchObject({ state: 'succeeded', progress: { step: log.length } })
  const { weights } = await loadModelFolder(job.outputDir)
  expect(weights.flat).not.toEqual(tinyWeights().flat)

  await cp(job.outputDir, join(dir, 'kept'), { recursive: true })
  await rm(job.outputDir, { recursive: true })
  const fresh = new EmbeddedTrainer()
  expect(await fresh.collect(await fresh.submit(job))).toEqual({ checkpoint, log })
  for (const file of await readdir(job.outputDir)) {
    expect(await readFile(join(job.outputDir, file)), file).toEqual(await readFile(join(dir, 'kept', file)))
  }
})

test('a folder that is complete is collected, not trained again', async () => {
  const job = jobOf('night')
  const first = new EmbeddedTrainer()
  const collected = await first.collect(await first.submit(job))
  let steps = 0
  const second = new EmbeddedTrainer({ onStep: () => steps++ })
  expect(await second.collect(await second.submit(job))).toEqual(collected)
  expect(steps).toBe(0)
})

test('an adapter is a PEFT folder, is gone on with the next day, and merges for serving', async () => {
  const trainer = new EmbeddedTrainer()
  const job = jobOf('day-1', { lora })
  const { checkpoint } = await trainer.collect(await trainer.submit(job))
  expect(checkpoint.kind).toBe('adapter')
  expect(JSON.parse(await readFile(join(job.outputDir, 'adapter_config.json'), 'utf8'))).toMatchObject({
    peft_type: 'LORA',
    r: 2,
    lora_alpha: 4,
    base_model_name_or_path: base,
  })
  const { weights } = await loadLoraFolder(job.outputDir, TINY)
  expect(weights.names[0]).toBe('base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight')
  const merged = await loadMergedFolder(base, job.outputDir)
  expect(merged.weights.flat).not.toEqual(tinyWeights().flat)

  const next = jobOf(
    'day-2',
    { lora, reference: 'previous' },
    { parent: checkpoint, parentDir: job.outputDir },
  )
  const { checkpoint: second, log } = await trainer.collect(await trainer.submit(next))
  expect(second.parent).toBe(checkpoint.id)
  // the reference is where this day starts
  expect(log[0]!['rewards/margins']).toBeCloseTo(0, 4)
})

test('the reference of the second day is the base, or yesterday’s model', async () => {
  const trainer = new EmbeddedTrainer()
  const job = jobOf('day-1')
  const { checkpoint: parent } = await trainer.collect(await trainer.submit(job))
  const margin = async (reference: 'base' | 'previous'): Promise<number> => {
    const next = jobOf(reference, { reference }, { parent, parentDir: job.outputDir })
    return (await trainer.collect(await trainer.submit(next))).log[0]!['rewards/margins']!
  }
  expect(await margin('previous')).toBeCloseTo(0, 5)
  expect(await margin('base')).toBeGreaterThan(1e-3)
})

test('a continuation mask needs the list of replies, and refuses a text that is none of them', async () => {
  const job = jobOf('masked', { continuationMask: true })
  const none = new EmbeddedTrainer()
  await expect(none.collect(await none.submit(job))).rejects.toMatchObject({
    code: 'TRAINING_REPLIES_UNKNOWN',
  })
  const of = (...replies: string[]): EmbeddedTrainer =>
    new EmbeddedTrainer({ replies: (tokenizer) => ReplyTrie.of(replies, tokenizer) })
  const few = of('drink tea')
  await expect(few.collect(await few.submit(job))).rejects.toMatchObject({ code: 'REPLY_NOT_ALLOWED' })
  const all = of('drink tea', 'take a walk', 'No Recommendation')
  const { log } = await all.collect(await all.submit(job))
  // three replies are left, told apart by their first token
  expect(log[0]!['logps/chosen']).toBeGreaterThan(-6)
})

test('a training that is cancelled or interrupted leaves no folder and can be submitted again', async () => {
  const job = jobOf('night', { epochs: 200 })
  const trainer = new EmbeddedTrainer()
  const handle = await trainer.submit(job)
  await trainer.cancel(handle)
  expect(await trainer.status(handle)).toMatchObject({ state: 'cancelled' })
  await expect(trainer.collect(handle)).rejects.toMatchObject({ code: 'TRAINING_CANCELLED', kind: 'trainer' })
  expect(existsSync(job.outputDir)).toBe(false)

  const controller = new AbortController()
  const again = await trainer.submit(job)
  const collecting = trainer.collect(again, job, { signal: controller.signal })
  controller.abort(new Error('ctrl-c'))
  await expect(collecting).rejects.toThrow('ctrl-c')
  expect((await readdir(dir)).toSorted()).toEqual(['base'])
})

test('an unknown handle is told to be submitted again', async () => {
  await expect(
    new EmbeddedTrainer().collect({ backend: 'embedded', key: 'x', id: 'x' }),
  ).rejects.toMatchObject({
    code: 'TRAINING_JOB_UNKNOWN',
  })
})

test('a full checkpoint is not trained on by an adapter', async () => {
  const trainer = new EmbeddedTrainer()
  const job = jobOf('day-1')
  const { checkpoint: parent } = await trainer.collect(await trainer.submit(job))
  const next = jobOf('day-2', { lora }, { parent, parentDir: job.outputDir })
  await expect(trainer.collect(await trainer.submit(next))).rejects.toMatchObject({
    code: 'TRAINING_PARENT_MISMATCH',
  })
})
