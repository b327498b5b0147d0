import { AttuneError } from '../../common/error.js'
import type { RunFolder } from '../run/run-folder.js'
import { type CheckpointEntry, listCheckpoints } from './list-checkpoints.js'

/** A checkpoint with those it was trained on from, the first one of its persona first. */
export interface FoundCheckpoint {
  entry: CheckpointEntry
  lineage: CheckpointEntry[]
}

/**
 * A checkpoint by its id, the beginning of its id, or `arm/persona/day`: the checkpoint that stood after that day.
 *
 * @throws AttuneError CHECKPOINT_UNKNOWN, CHECKPOINT_AMBIGUOUS; as {@link listCheckpoints}
 */
export async function findCheckpoint(folder: RunFolder, name: string): Promise<FoundCheckpoint> {
  const all = await listCheckpoints(folder)
  const entry = name.includes('/') ? byPlace(all, name) : byId(all, name)
  if (!entry) {
    throw new AttuneError('CHECKPOINT_UNKNOWN', 'usage', `this run has no checkpoint ${name}`, {
      file: folder.root,
      hint:
        all.length === 0
          ? 'It has none yet: no night was trained.'
          : `Use an id of \`attune checkpoint list\`, or arm/persona/day, e.g. ${placeOf(all.at(-1)!)}.`,
    })
  }
  return { entry, lineage: lineageOf(entry, all) }
}

/** How a checkpoint is named by where it was made. */
export const placeOf = ({ arm, persona, day }: CheckpointEntry): string => `${arm}/${persona}/${day}`

function byPlace(all: readonly CheckpointEntry[], name: string): CheckpointEntry | undefined {
  const [arm, persona, day] = name.split('/')
  const number = Number(day?.replace(/^day-/, ''))
  return all.findLast((entry) => entry.arm === arm && entry.persona === persona && entry.day <= number)
}

function byId(all: readonly CheckpointEntry[], name: string): CheckpointEntry | undefined {
  const found = all.filter(({ checkpoint }) => checkpoint.id.startsWith(name))
  // arms that train alike yield the same checkpoint under one id
  const ids = new Set(found.map(({ checkpoint }) => checkpoint.id))
  if (ids.size < 2 || ids.has(name)) return found.find(({ checkpoint }) => checkpoint.id === name) ?? found[0]
  throw new AttuneError('CHECKPOINT_AMBIGUOUS', 'usage', `${ids.size} checkpoints begin with ${name}`, {
    hint: `Write more of the id: ${[...ids].slice(0, 4).join(', ')}.`,
  })
}

function lineageOf(entry: CheckpointEntry, all: readonly CheckpointEntry[]): CheckpointEntry[] {
  const lineage = [entry]
  for (;;) {
    const { arm, persona, day, checkpoint } = lineage[0]!
    const parent = all.find(
      (each) =>
        each.arm === arm &&
        each.persona === persona &&
        each.day < day &&
        each.checkpoint.id === checkpoint.parent,
    )
    if (!parent) return lineage
    lineage.unshift(parent)
  }
}
