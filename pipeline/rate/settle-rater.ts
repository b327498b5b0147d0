import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import { ioError, writeJsonAtomic } from '../../common/files.js'
import { raterChanges } from '../../configs/diff.js'
import { type RaterConfig, raterSchema } from '../../configs/rater.js'
import { BUILT_IN } from '../../configs/run/simulator.js'

const storedSchema = z.object({
  format: z.literal('attune-rater/1'),
  config: raterSchema,
  /** Hash of the prompts; null where no model is asked. */
  prompts: z.string().nullable(),
})

/** `rater.json`: what rated the days beside it. */
export type StoredRater = z.output<typeof storedSchema>

/** @throws AttuneError RATER_INVALID, FILE_READ_FAILED */
export function readRater(file: string): StoredRater {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw ioError('read', file, cause)
  }
  try {
    return storedSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new AttuneError('RATER_INVALID', 'data', 'this does not tell who rated the days beside it', {
      file,
      hint: 'Restore it, or move the folder of this rater away and rate again.',
      cause,
    })
  }
}

/**
 * Writes down a new rater, or takes up one that stands.
 *
 * @throws AttuneError RATER_DIFFERS, naming every key that differs; as {@link readRater}
 */
export async function settleRater(file: string, config: RaterConfig, promptsHash: string): Promise<void> {
  const prompts = config.rater === BUILT_IN ? null : promptsHash
  if (existsSync(file)) {
    const before = readRater(file)
    const differ = raterChanges(before.config, config).map(({ key }) => key)
    if (before.prompts !== prompts) differ.push('prompts')
    if (differ.length > 0) throw differs(file, config.name, differ)
  }
  await mkdir(dirname(file), { recursive: true }).catch((cause: unknown) => {
    throw ioError('write', dirname(file), cause)
  })
  await writeJsonAtomic(file, { format: 'attune-rater/1', config, prompts } satisfies StoredRater)
}

function differs(file: string, name: string, keys: readonly string[]): AttuneError {
  return new AttuneError('RATER_DIFFERS', 'config', `${name} rated with other settings before`, {
    file,
    hint: 'Give this rater another `name`, or set the keys back; its budget and how models are reached may change.',
    problems: keys.map((key) => new AttuneError('RATER_DIFFERS', 'config', 'is not what it was', { key })),
  })
}
