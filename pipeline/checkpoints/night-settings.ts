import type { RunFolder } from '../run/run-folder.js'
import { type CheckpointEntry, readJob } from './list-checkpoints.js'

/** Keys of `trainer` that say where training happened: they hold paths and addresses, and change no weights. */
const PLACES = new Set(['trl', 'hosted', 'keep'])

/** Hyperparameters of a checkpoint's night, as its `job.json` has them; empty without one. @throws AttuneError of kind `io` */
export async function nightSettings(
  folder: RunFolder,
  { arm, persona, day }: CheckpointEntry,
): Promise<Record<string, unknown>> {
  const config = (await readJob(folder.day(arm, persona, day).job))?.['config']
  if (typeof config !== 'object' || config === null) return {}
  return Object.fromEntries(Object.entries(config).filter(([key]) => !PLACES.has(key)))
}
