import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import { ioError, ioErrorCode } from '../../common/files.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import { type RunConfig, runSchema } from '../../configs/schema.js'
import type { RunFolder } from '../run/run-folder.js'
import type { ArmKind } from './document.js'
import { type LivedDay, livedDay } from './lived-day.js'

const manifestSchema = z.looseObject({
  format: z.literal('attune-run/1'),
  config: runSchema,
  configHash: z.string().nullable().default(null),
  personas: z.array(z.string()),
  base: z.string().nullable().default(null),
  versions: z.record(z.string(), z.string()).default({}),
})

/** The days of an arm that stand on disk. */
export interface LivedArm {
  name: string
  kind: ArmKind
  /** In the order of the manifest; days ascending, without those not lived yet. */
  personas: { id: string; days: LivedDay[] }[]
}

/** A run as it lies on disk, finished or not. */
export interface LivedRun {
  config: RunConfig
  configHash: string | null
  personas: string[]
  /** Personas that settings were tuned on; null where the run does not tell. */
  tuned: string[] | null
  /** SHA-256 of the base model's weights. */
  base: string | null
  versions: Record<string, string>
  arms: LivedArm[]
}

/**
 * Reads the manifest and everything that was measured so far.
 *
 * @throws AttuneError RUN_MISSING, MANIFEST_INVALID, METRICS_INVALID, FILE_READ_FAILED
 */
export function readRun(folder: RunFolder): LivedRun {
  const { config, configHash, personas, base, versions } = readManifest(folder)
  const arm = (name: string): LivedArm => ({
    name,
    kind: resolveArm(config, name).trainer.backend === 'none' ? 'untrained' : 'trained',
    personas: daysOf((id, day) => livedDay(folder.day(name, id, day), day)),
  })
  const reference = (name: string): LivedArm => ({
    name,
    kind: 'reference',
    personas: daysOf((id, day) => livedDay(folder.referenceDay(name, id, day), day)),
  })
  const daysOf = (read: (id: string, day: number) => LivedDay | null): LivedArm['personas'] =>
    personas.map((id) => ({
      id,
      days: Array.from({ length: config.days }, (_, i) => read(id, i + 1)).filter((day) => day !== null),
    }))
  const arms = [...Object.keys(config.arms).map(arm), ...config.references.map(reference)]
  return { config, configHash, personas, tuned: config.tuned ?? null, base, versions, arms }
}

function readManifest(folder: RunFolder): z.output<typeof manifestSchema> {
  const file = folder.manifest
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (!['ENOENT', 'ENOTDIR'].includes(ioErrorCode(cause))) throw ioError('read', file, cause)
    const hint = 'Name the folder of a run, e.g. runs/quickstart.'
    throw new AttuneError('RUN_MISSING', 'usage', `there is no run in ${folder.root}`, {
      file,
      hint,
      cause,
    })
  }
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch (cause) {
    const hint = 'The run was made by another version of attune, or the file is damaged: restore it.'
    throw new AttuneError('MANIFEST_INVALID', 'data', `${file} is no manifest of a run`, {
      file,
      hint,
      cause,
    })
  }
}
