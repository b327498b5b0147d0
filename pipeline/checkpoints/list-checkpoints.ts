import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { readCheckpoint } from '../../checkpoints/read-checkpoint.js'
import { ioError, ioErrorCode } from '../../common/files.js'
import { livedDay } from '../report/lived-day.js'
import { readManifest } from '../run/read-manifest.js'
import type { DayFiles, RunFolder } from '../run/run-folder.js'

/** What a persona-day came to: the figures by which checkpoints are compared. */
export interface DayScores {
  day: number
  /** Score of recommendations, 0 to 4; null where nothing was said. */
  delivered: number | null
  /** Served rate, 0 to 1. */
  f1: number | null
  /** Score of all steps, 0 to 4. */
  mean: number | null
}

/** A checkpoint of a run: what made it, where it lies, and how it did. */
export interface CheckpointEntry {
  arm: string
  persona: string
  /** Day after which it was trained. */
  day: number
  checkpoint: Checkpoint
  /** Absolute folder of its weights; null for a hosted one. */
  dir: string | null
  /** Of its folder; null where none lies here: hosted, or removed by `trainer.keep: latest`. */
  bytes: number | null
  /** Pairs it was trained on. */
  pairs: number | null
  /** The day that was lived with it; null before that day is over. */
  lived: DayScores | null
}

const jobSchema = z.looseObject({ count: z.number().optional() })

/**
 * Every checkpoint of a run in the order of arms, personas and days. A night without pairs yields none.
 *
 * @throws AttuneError RUN_MISSING, MANIFEST_INVALID, CHECKPOINT_INVALID, METRICS_INVALID, FILE_READ_FAILED
 */
export async function listCheckpoints(folder: RunFolder): Promise<CheckpointEntry[]> {
  const { config, personas } = readManifest(folder.manifest)
  const entries: CheckpointEntry[] = []
  for (const arm of Object.keys(config.arms)) {
    for (const persona of personas) {
      const ids = new Set<string>()
      for (let day = 1; day <= config.days; day++) {
        const files = folder.day(arm, persona, day)
        if (!existsSync(files.checkpoint)) continue
        const stored = await readCheckpoint(files.checkpoint)
        // a night without pairs repeats the record of the checkpoint that stands
        if (!stored || ids.has(stored.checkpoint.id)) continue
        ids.add(stored.checkpoint.id)
        entries.push({
          arm,
          persona,
          day,
          ...stored,
          bytes: stored.dir === null ? null : await sizeOf(stored.dir),
          pairs: await pairsOf(files),
          lived: scoresOf(folder.day(arm, persona, day + 1), day + 1),
        })
      }
    }
  }
  return entries
}

/** What `job.json` says of a night's training, as it was stored; null without one. @throws AttuneError of kind `io` */
export async function readJob(file: string): Promise<z.output<typeof jobSchema> | null> {
  try {
    return jobSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    if (ioErrorCode(cause) === 'ENOENT' || cause instanceof SyntaxError || cause instanceof z.ZodError)
      return null
    throw ioError('read', file, cause)
  }
}

async function pairsOf(files: DayFiles): Promise<number | null> {
  return (await readJob(files.job))?.count ?? null
}

function scoresOf(files: DayFiles, day: number): DayScores | null {
  const metrics = livedDay({ metrics: files.metrics }, day)?.metrics
  return metrics ? { day, delivered: metrics.delivered, f1: metrics.f1, mean: metrics.mean } : null
}

async function sizeOf(dir: string): Promise<number | null> {
  if (!existsSync(dir)) return null
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))))
    return sizes.reduce((sum, { size }) => sum + size, 0)
  } catch (cause) {
    throw ioError('read', dir, cause)
  }
}
