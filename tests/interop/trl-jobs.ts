import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson } from '../../common/canonical-json.js'
import { sha256Hex } from '../../common/files.js'
import { randomAt } from '../../common/random.js'
import { writePairs } from '../../datasets/parquet.js'
import { baseFolder } from '../../models/base-folder.js'
import { loadModelFolder } from '../../models/lm/hf-folder.js'
import { saveLoraFolder } from '../../models/lm/lora-folder.js'
import { initialLora } from '../../models/lm/lora.js'
import { EmbeddedTrainer } from '../../trainers/embedded/embedded-trainer.js'
import type { TrainingJob } from '../../trainers/trainer.js'
import { JobFolder } from '../../trainers/trl/job-folder.js'
import { corpusPairs } from './fixtures/corpus-pairs.js'
import { trainerConfig } from './fixtures/trainer-config.js'

/** Writes job folders for the script of the backend `trl`; two of them the embedded trainer does as well. */
const [folder, parentModel] = process.argv.slice(2)
if (!folder || !parentModel) throw new Error('usage: trl-jobs.ts FOLDER PARENT_MODEL')

const LORA = { rank: 8, alpha: 16, modules: ['q_proj', 'v_proj', 'o_proj', 'up_proj', 'down_proj'] } as const
const COMMON = { beta: 0.5, learningRate: 1e-3, epochs: 2, batchSize: 4, warmupRatio: 0.1 }
const pairs = corpusPairs(48, 5)

/** Both factors away from 0, as on a later day. */
async function writeAdapter(to: string): Promise<void> {
  const { config } = await loadModelFolder(baseFolder('nano'))
  const weights = initialLora(config, LORA, ['interop'])
  const random = randomAt('interop', 'start')
  for (const name of weights.names)
    if (name.includes('lora_B')) weights.get(name).forEach((_, i, all) => (all[i] = random.normal() * 0.02))
  await saveLoraFolder(to, { base: 'nano', lora: LORA, dropout: 0, weights })
}

function jobOf(name: string, keys: Record<string, unknown>, further: Partial<TrainingJob> = {}): TrainingJob {
  const config = trainerConfig({ ...COMMON, trl: { device: 'cpu' }, ...keys })
  return {
    key: sha256Hex(canonicalJson(name)),
    address: ['interop', 'trl', name],
    base: 'nano',
    parent: null,
    parentDir: null,
    pairs,
    config,
    outputDir: join(folder!, name, 'trl'),
    ...further,
  }
}

async function writeJob(name: string, job: TrainingJob): Promise<void> {
  const written = JobFolder.of(job)
  await written.write(job)
  await rename(written.path, join(folder!, name, 'job'))
}

const parentOf = (kind: 'adapter' | 'full', parentDir: string): Partial<TrainingJob> => ({
  parent: { id: kind, parent: null, base: 'nano', trainer: '', pairs: '', location: '', kind, metrics: {} },
  parentDir,
})

const start = join(folder, 'start')
await mkdir(folder, { recursive: true })
await writeAdapter(start)
const adapter = parentOf('adapter', start)
const model = parentOf('full', parentModel)

const few = { pairs: pairs.slice(0, 10) }
for (const method of ['dpo', 'ipo', 'kto', 'sft'])
  for (const reference of ['base', 'previous'])
    for (const [kind, keys, parent] of [
      ['adapter', { lora: LORA }, adapter],
      ['full', {}, model],
    ] as const) {
      const name = `${method}-${kind}-${reference}`
      await writeJob(name, jobOf(name, { ...keys, method, reference }, { ...few, ...parent }))
    }

// trained by both, over the same pairs in the same order
await writePairs(join(folder, 'held-out.parquet'), corpusPairs(40, 6))
const SAME = {
  lora: [{ lora: LORA }, adapter],
  likelihood: [{ lora: LORA, likelihoodWeight: 0.2, reference: 'previous' }, adapter],
} as const
const embedded = new EmbeddedTrainer({ resolveBase: baseFolder })
for (const [name, [keys, further]] of Object.entries(SAME)) {
  const job = jobOf(name, keys, further)
  await writeJob(name, job)
  const own = { ...job, outputDir: join(folder, name, 'embedded') }
  await embedded.collect(await embedded.submit(own))
}
