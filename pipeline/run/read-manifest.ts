import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import { ioError, ioErrorCode } from '../../common/files.js'
import { runSchema } from '../../configs/schema.js'

const schema = z.object({
  format: z.literal('attune-run/1'),
  config: runSchema,
  configHash: z.string().nullable().default(null),
  /** Ids of the personas, in the order of the configuration. */
  personas: z.array(z.string()),
  /** SHA-256 of the base model's weights. */
  base: z.string().nullable().default(null),
  /** SHA-256 of each persona and of the world, as they were read. */
  inputs: z.record(z.string(), z.string()).optional(),
  versions: z.record(z.string(), z.string()).default({}),
})

/** `manifest.json`: what a run is, so that it can be read, resumed and repeated. */
export type Manifest = z.output<typeof schema>

/** @throws AttuneError RUN_MISSING, MANIFEST_INVALID, FILE_READ_FAILED */
export function readManifest(file: string): Manifest {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (!['ENOENT', 'ENOTDIR'].includes(ioErrorCode(cause))) throw ioError('read', file, cause)
    const hint = 'Name the folder of a run, e.g. runs/quickstart.'
    throw new AttuneError('RUN_MISSING', 'usage', 'there is no run', { file, hint, cause })
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const hint =
      'It was cut off or is of another version: move the run folder away, or give the run another name.'
    throw new AttuneError('MANIFEST_INVALID', 'data', 'this is no manifest of a run', { file, hint, cause })
  }
}
