import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { ioErrorCode, sha256Hex, writeJsonAtomic } from '../../common/files.js'
import { isMapping } from '../../configs/assign.js'
import { breakingChanges } from '../../configs/diff.js'
import { configHash } from '../../configs/hash.js'
import type { RunConfig } from '../../configs/schema.js'
import { baseFolder } from '../../models/base-folder.js'
import { versions } from './versions.js'

/** `manifest.json`: what a run is, so that it can be read, resumed and repeated. */
export interface Manifest {
  format: 'attune-run/1'
  config: RunConfig
  configHash: string
  /** Ids of the personas, in the order of the configuration. */
  personas: string[]
  /** SHA-256 of the base model's weights. */
  base: string
  versions: Record<string, string>
}

/** @throws AttuneError RUN_MISSING, MANIFEST_INVALID */
export async function readManifest(file: string): Promise<Manifest> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if (ioErrorCode(cause) !== 'ENOENT') throw cause
    const hint = 'Name a run folder, e.g. runs/quickstart.'
    throw new AttuneError('RUN_MISSING', 'usage', 'there is no run', { file, hint, cause })
  }
  try {
    const manifest = JSON.parse(text) as Manifest
    if (manifest.format === 'attune-run/1' && isMapping(manifest.config)) return manifest
    throw new SyntaxError(`format ${manifest.format}`)
  } catch (cause) {
    const hint =
      'It was cut off or is of another version: move the run folder away, or give the run another name.'
    throw new AttuneError('MANIFEST_INVALID', 'data', 'this is no manifest of a run', { file, hint, cause })
  }
}

/**
 * Writes the manifest of a new run, or takes up one that stands: more days, personas, arms or references extend it.
 *
 * @throws AttuneError RUN_DIFFERS, naming every key that differs
 */
export async function settleManifest(file: string, config: RunConfig, personas: string[]): Promise<Manifest> {
  const before = await readManifest(file).catch((error: unknown) => {
    if (AttuneError.is(error) && error.code === 'RUN_MISSING') return null
    throw error
  })
  if (before) refuseChanges(before, config, file)
  const weights = await readFile(join(baseFolder(config.assistant.model), 'model.safetensors')).catch(
    (cause: unknown) => {
      throw new AttuneError('BASE_MISSING', 'config', `there is no base model ${config.assistant.model}`, {
        key: 'assistant.model',
        hint: '`nano`, or a Hugging Face model folder with model.safetensors.',
        cause,
      })
    },
  )
  const base = sha256Hex(weights)
  if (before && before.base !== base) {
    throw new AttuneError('RUN_DIFFERS', 'config', 'the base model is not the one that this run began with', {
      file,
      key: 'assistant.model',
      hint: 'Give the run another `name`.',
    })
  }
  const manifest: Manifest = {
    format: 'attune-run/1',
    config,
    configHash: configHash(config),
    personas,
    base,
    versions: before?.versions ?? versions(),
  }
  await writeJsonAtomic(file, manifest)
  return manifest
}

function refuseChanges(before: Manifest, config: RunConfig, file: string): void {
  const changes = breakingChanges(before.config, config)
  if (changes.length === 0) return
  throw new AttuneError('RUN_DIFFERS', 'config', `this run was made with another configuration`, {
    file,
    hint: 'Give the run another `name`, or set the keys back; days, personas, arms and references may be added.',
    problems: changes.map(
      ({ key, before: was, after }) =>
        new AttuneError('RUN_DIFFERS', 'config', `was ${told(was)}, is now ${told(after)}`, { key }),
    ),
  })
}

const told = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value))
