import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { AttuneError } from '../common/error.js'
import type { Checkpoint } from './checkpoint.js'

const schema = z.object({
  id: z.string(),
  parent: z.string().nullable(),
  base: z.string(),
  trainer: z.string(),
  pairs: z.string(),
  location: z.string(),
  kind: z.enum(['full', 'adapter', 'hosted']),
  metrics: z.record(z.string(), z.number()),
}) satisfies z.ZodType<Checkpoint>

/**
 * Reads `checkpoint.json` with the absolute folder of its weights (null: hosted); null where a night had nothing to
 * train on.
 *
 * @throws AttuneError CHECKPOINT_INVALID when the file is truncated or not a checkpoint
 */
export async function readCheckpoint(
  file: string,
): Promise<{ checkpoint: Checkpoint; dir: string | null } | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (value === null) return null
    const checkpoint = schema.parse(value)
    const { kind, location } = checkpoint
    return { checkpoint, dir: kind === 'hosted' ? null : resolve(dirname(file), location) }
  } catch (cause) {
    throw new AttuneError('CHECKPOINT_INVALID', 'data', 'this is no complete checkpoint', {
      file,
      hint: 'Delete this file and its checkpoint folder and run again: the night is trained again from its pairs.',
      cause,
    })
  }
}
