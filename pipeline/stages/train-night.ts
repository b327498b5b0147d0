import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { z } from 'zod'
import { canonicalJson } from '../../common/canonical-json.js'
import { sha256Hex, writeJsonAtomic } from '../../common/files.js'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { AttuneError } from '../../common/error.js'
import type { RunConfig, TrainerConfig } from '../../configs/schema.js'
import type { Budget } from '../../models/calls/budget.js'
import { drawNight } from '../../datasets/replay/draw-night.js'
import type { PreferencePair } from '../../datasets/schema.js'
import type {
  CollectedJob,
  JobHandle,
  JobPlan,
  JobStatus,
  Trainer,
  TrainingJob,
  TrainingLog,
} from '../../trainers/trainer.js'
import type { DayFiles } from '../run/run-folder.js'

const handleSchema = z.object({
  backend: z.string(),
  key: z.string(),
  id: z.string().nullable(),
  refs: z.record(z.string(), z.string()).optional(),
})

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
  /** The model that is trained, as its backend names it. */
  base: string
  parent: StoredCheckpoint | null
  /** Pairs of every day so far, today's last. */
  pairsByDay: () => Promise<readonly (readonly PreferencePair[])[]>
  /** Does what takes this machine's cores and memory, one after the other. */
  here: <T>(work: () => Promise<T>) => Promise<T>
  signal?: AbortSignal | undefined
  /** Told of each look at the job. */
  onStatus?: (status: JobStatus) => void
  /** Caps what jobs elsewhere may cost; absent: no cap. */
  budget?: Pick<Budget, 'reserve'>
  /** Told in a sentence what a job costs, and what is done otherwise than asked. */
  onNote?: (note: string) => void
}

/**
 * Draws the night's pairs, trains, and stores job, log and checkpoint. Without a single pair nothing is trained and
 * the parent stands for one more day (null: the base model). A job at a backend elsewhere has its handle stored before
 * it is paid for: the same call in a later process goes on with that job.
 *
 * @throws AttuneError of kind `trainer`; nothing is stored but the job and its handle
 */
export async function trainNight(options: NightOptions): Promise<StoredCheckpoint | null> {
  const { trainer, base, files, parent, here } = options
  const job = await here(() => nightJob(options))
  if (job === null) {
    await writeJsonAtomic(
      files.checkpoint,
      parent && { ...parent.checkpoint, location: location(files, parent) },
    )
    return parent
  }
  const { pairs, parent: above, outputDir: _, parentDir: __, ...told } = job
  const record = { ...told, base, pairs: sha256Hex(canonicalJson(pairs)), parent: above?.id ?? null }
  await writeJsonAtomic(files.job, { ...record, count: pairs.length })
  const work = (): Promise<CollectedJob> => workOn(job, options)
  const { checkpoint, log, usd, seconds } = await (trainer.heavy ? here(work) : work())
  const hosted = checkpoint.kind === 'hosted'
  const stored = { ...checkpoint, location: hosted ? checkpoint.location : 'checkpoint' }
  if (usd !== undefined || seconds !== undefined) await writeJsonAtomic(files.jobResult, { usd, seconds })
  await writeJsonAtomic(files.trainingLog, log satisfies TrainingLog[])
  await writeJsonAtomic(files.checkpoint, stored)
  return { checkpoint: stored, dir: hosted ? null : files.weights }
}

async function nightJob(options: NightOptions): Promise<TrainingJob | null> {
  const { config, base, persona, day, files, parent, pairsByDay } = options
  const address = [config.seed, persona, day, 'night'] as const
  const pairs = drawNight(await pairsByDay(), day, config.pairs.replay, address)
  if (pairs.length === 0) return null
  const settings = { address, base, parent: parent?.checkpoint ?? null, config: settingsOf(config.trainer) }
  const key = sha256Hex(canonicalJson({ ...settings, pairs: sha256Hex(canonicalJson(pairs)) }))
  return {
    ...settings,
    config: config.trainer,
    key,
    pairs,
    parentDir: parent?.dir ?? null,
    outputDir: files.weights,
  }
}

/** What decides on the weights: not where and how a backend is reached. */
function settingsOf(config: TrainerConfig): object {
  const { trl: _trl, hosted, ...settings } = config
  // further fields of a job's request may decide on the weights too
  return Object.keys(hosted.options).length === 0 ? settings : { ...settings, options: hosted.options }
}

async function workOn(job: TrainingJob, options: NightOptions): Promise<CollectedJob> {
  const { trainer, files, signal, budget, onStatus, onNote } = options
  const given = signal ? { signal } : {}
  let settle: Awaited<ReturnType<Budget['reserve']>> | undefined
  const onPlan = async ({ notes, usd }: JobPlan): Promise<void> => {
    settle = await budget?.reserve({ tokens: 0, usd: usd ?? 0 }, signal)
    if (usd !== null) onNote?.(`${trainer.name}: up to ${usd.toFixed(2)} USD`)
    for (const note of notes) onNote?.(`${trainer.name}: ${note}`)
  }
  const stored = await readHandle(files.handle, job.key)
  const save = (handle: JobHandle): Promise<void> => writeJsonAtomic(files.handle, handle)
  try {
    const handle = await trainer.submit(job, { ...given, ...(stored && { stored }), save, onPlan })
    const collected = await trainer.collect(handle, job, { ...given, ...(onStatus && { onStatus }) })
    settle?.({ tokens: 0, usd: collected.usd ?? 0 })
    return collected
  } finally {
    settle?.(null)
  }
}

/** The handle of this very job; null without one, or where the day's pairs have changed since. */
async function readHandle(file: string, key: string): Promise<JobHandle | null> {
  if (!existsSync(file)) return null
  try {
    const handle = handleSchema.parse(JSON.parse(await readFile(file, 'utf8')))
    return handle.key === key ? handle : null
  } catch (cause) {
    throw new AttuneError('HANDLE_INVALID', 'data', 'this is no handle of a training job', {
      file,
      hint: 'Look in the service whether a job of this day is under way; delete the file to submit a new one.',
      cause,
    })
  }
}

function location(files: DayFiles, { dir, checkpoint }: StoredCheckpoint): string {
  return dir === null ? checkpoint.location : relative(files.folder, dir)
}
