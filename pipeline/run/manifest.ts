import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson } from '../../common/canonical-json.js'
import { AttuneError } from '../../common/error.js'
import { ioError, ioErrorCode, sha256Hex, writeJsonAtomic } from '../../common/files.js'
import { isMapping } from '../../configs/assign.js'
import { breakingChanges } from '../../configs/diff.js'
import { configHash } from '../../configs/hash.js'
import type { World } from '../../configs/load-world.js'
import type { Persona } from '../../configs/persona.js'
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
  /** SHA-256 of each persona and of the world, as they were read. */
  inputs?: Record<string, string>
  versions: Record<string, string>
}

/** @throws AttuneError RUN_MISSING, MANIFEST_INVALID */
export async function readManifest(file: string): Promise<Manifest> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if (!['ENOENT', 'ENOTDIR'].includes(ioErrorCode(cause))) throw ioError('read', file, cause)
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
export async function settleManifest(
  file: string,
  config: RunConfig,
  personas: readonly Persona[],
  world: World,
): Promise<Manifest> {
  const before = await readManifest(file).catch((error: unknown) => {
    if (AttuneError.is(error) && error.code === 'RUN_MISSING') return null
    throw error
  })
  const inputs = inputsOf(personas, world)
  if (before) refuseChanges(before, config, inputs, file)
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
    personas: personas.map(({ id }) => id),
    base,
    inputs,
    versions: before?.versions ?? versions(),
  }
  await writeJsonAtomic(file, manifest)
  return manifest
}

function inputsOf(personas: readonly Persona[], world: World): Record<string, string> {
  const parts = {
    world,
    ...Object.fromEntries(personas.map((persona) => [`personas.${persona.id}`, persona])),
  }
  return Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, sha256Hex(canonicalJson(part))]))
}

function refuseChanges(
  before: Manifest,
  config: RunConfig,
  inputs: Record<string, string>,
  file: string,
): void {
  const problem = (key: string, message: string): AttuneError =>
    new AttuneError('RUN_DIFFERS', 'config', message, { key })
  const problems = [
    ...breakingChanges(before.config, config).map(({ key, before: was, after }) =>
      problem(key, `was ${told(was)}, is now ${told(after)}`),
    ),
    ...Object.entries(before.inputs ?? {})
      .filter(([key, hash]) => Object.hasOwn(inputs, key) && inputs[key] !== hash)
      .map(([key]) => problem(key, 'has been edited since this run began')),
  ]
  if (problems.length === 0) return
  throw new AttuneError('RUN_DIFFERS', 'config', 'this run was made with another configuration', {
    file,
    hint: 'Give the run another `name`, delete its folder, or set the keys back; days, personas, arms and references may be added.',
    problems,
  })
}

const told = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value))
