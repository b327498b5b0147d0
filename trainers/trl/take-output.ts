import { constants, existsSync } from 'node:fs'
import { cp, open, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { canonicalJson } from '../../common/canonical-json.js'
import { AttuneError } from '../../common/error.js'
import { sha256Hex } from '../../common/files.js'
import { writeTrainingFolder } from '../embedded/training-folder.js'
import type { CollectedJob, TrainingJob } from '../trainer.js'
import type { Told } from './events.js'
import type { JobFolder } from './job-folder.js'

/** Brings the weights of a training that is done to where the job wants them, and removes the job's folder. */
export async function takeOutput(job: TrainingJob, folder: JobFolder, told: Told): Promise<CollectedJob> {
  const needed = job.config.lora
    ? ['adapter_config.json', 'adapter_model.safetensors']
    : ['config.json', 'tokenizer_config.json']
  const gone = needed.find((name) => !existsSync(join(folder.output, name)))
  if (gone !== undefined) {
    throw new AttuneError('TRAINING_FAILED', 'trainer', `the training by TRL left no ${gone}`, {
      file: folder.output,
      hint: 'Run the same command again: the night is trained anew.',
    })
  }
  const result = { checkpoint: checkpointOf(job, told), log: told.log }
  // copied, not moved: killed in between, the output still stands
  await writeTrainingFolder(job.outputDir, job.key, result, (temporary) =>
    copySynced(folder.output, temporary),
  )
  await folder.remove()
  return result
}

async function copySynced(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE })
  for (const name of await readdir(to)) {
    const file = await open(join(to, name), 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }
}

function checkpointOf(job: TrainingJob, { log, done }: Told): Checkpoint {
  const { hosted: _, trl, ...settings } = job.config
  const pairs = sha256Hex(canonicalJson(job.pairs))
  const parent = job.parent?.id ?? null
  const trainer = `trl/${done?.['trl']} torch/${done?.['torch']}`
  const config = { ...settings, device: trl.device, precision: trl.precision }
  const made = { parent, base: job.base, pairs, config, address: job.address, trainer }
  return {
    id: sha256Hex(canonicalJson(made)).slice(0, 16),
    parent,
    base: job.base,
    trainer,
    pairs,
    location: basename(job.outputDir),
    kind: job.config.lora ? 'adapter' : 'full',
    metrics: { ...log.at(-1) },
  }
}
