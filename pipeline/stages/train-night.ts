import { relative } from 'node:path'
import { canonicalJson } from '../../common/canonical-json.js'
import { sha256Hex, writeJsonAtomic } from '../../common/files.js'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import type { RunConfig } from '../../configs/schema.js'
import { drawNight } from '../../datasets/replay/draw-night.js'
import type { PreferencePair } from '../../datasets/schema.js'
import type { Trainer, TrainingJob, TrainingLog } from '../../trainers/trainer.js'
import type { DayFiles } from '../run/run-folder.js'

/** A checkpoint with the folder in which its weights lie. */
export interface StoredCheckpoint {
  checkpoint: Checkpoint
  /** Absolute; null for a hosted model. */
  dir: string | null
}

export interface NightOptions {
  trainer: Trainer
  config: RunConfig
  persona: string
  day: number
  files: DayFiles
  parent: StoredCheckpoint | null
  /** Pairs of every day so far, today's last. */
  pairsByDay: readonly (readonly PreferencePair[])[]
  signal?: AbortSignal | undefined
}

/**
 * Draws the night's pairs, trains, and stores job, log and checkpoint. Without a single pair nothing is trained and
 * the parent stands for one more day (null: the base model).
 *
 * @throws AttuneError of kind `trainer`; nothing is stored but the job
 */
export async function trainNight(options: NightOptions): Promise<StoredCheckpoint | null> {
  const { trainer, config, persona, day, files, parent, pairsByDay, signal } = options
  const address = [config.seed, persona, day, 'night'] as const
  const pairs = drawNight(pairsByDay, day, config.pairs.replay, address)
  if (pairs.length === 0) {
    await writeJsonAtomic(
      files.checkpoint,
      parent && { ...parent.checkpoint, location: location(files, parent) },
    )
    return parent
  }
  const spec = {
    address,
    base: config.assistant.model,
    parent: parent?.checkpoint ?? null,
    pairs: sha256Hex(canonicalJson(pairs)),
    config: config.trainer,
  }
  const job: TrainingJob = {
    ...spec,
    key: sha256Hex(canonicalJson(spec)),
    pairs,
    parentDir: parent?.dir ?? null,
    outputDir: files.weights,
  }
  const { parent: above, ...told } = spec
  await writeJsonAtomic(files.job, { ...told, key: job.key, parent: above?.id ?? null, count: pairs.length })
  const handle = await trainer.submit(job, signal ? { signal } : {})
  const { checkpoint, log } = await trainer.collect(handle, signal ? { signal } : {})
  const stored = { ...checkpoint, location: 'checkpoint' }
  await writeJsonAtomic(files.trainingLog, log satisfies TrainingLog[])
  await writeJsonAtomic(files.checkpoint, stored)
  return { checkpoint: stored, dir: files.weights }
}

function location(files: DayFiles, { dir, checkpoint }: StoredCheckpoint): string {
  return dir === null ? checkpoint.location : relative(files.folder, dir)
}
