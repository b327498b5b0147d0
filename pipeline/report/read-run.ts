import { resolveArm } from '../../configs/resolve-arm.js'
import type { RunConfig } from '../../configs/schema.js'
import { readManifest } from '../run/read-manifest.js'
import type { RunFolder } from '../run/run-folder.js'
import type { ArmKind } from './document.js'
import { type LivedDay, livedDay } from './lived-day.js'

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
  const { config, configHash, personas, base, versions } = readManifest(folder.manifest)
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
