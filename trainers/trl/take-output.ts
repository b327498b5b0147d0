import { constants } from 'node:fs'
import { cp, open, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { inspectFolder } from '../../checkpoints/inspect-folder.js'
import { canonicalJson } from '../../common/canonical-json.js'
import { AttuneError } from '../../common/error.js'
import { sha256Hex } from '../../common/files.js'
import { writeTrainingFolder } from '../embedded/training-folder.js'
import type { CollectedJob, TrainingJob } from '../trainer.js'
import type { Told } from './events.js'
import type { JobFolder } from './job-folder.js'

/**
 * Brings the weights of a training that is done to where the job wants them, and removes the job's folder.
 *
 * @throws AttuneError TRAINING_FAILED for weights that are not whole or not of this base; then nothing is taken
 */
export async function takeOutput(job: TrainingJob, folder: JobFolder, told: Told): Promise<CollectedJob> {
  const kind = job.config.lora ? 'adapter' : 'full'
  await inspectFolder(folder.output, { kind, base: job.base }).catch(async (cause: unknown) => {
    if (!AttuneError.is(cause)) throw cause
    // without it the job has failed, and is begun anew
    await rm(folder.output, { recursive: true, force: true })
    throw new AttuneError(
      'TRAINING_FAILED',
      'trainer',
      `the training by TRL left no ${kind} checkpoint: ${cause.message}`,
      {
        file: cause.details.file ?? folder.output,
        hint: 'Run the same command again: the night is trained anew.',
        cause,
      },
    )
  })
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
