import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson } from '../../common/canonical-json.js'
import { AttuneError } from '../../common/error.js'
import { sha256Hex, writeJsonAtomic } from '../../common/files.js'
import { breakingChanges } from '../../configs/diff.js'
import { configHash } from '../../configs/hash.js'
import type { World } from '../../configs/load-world.js'
import type { Persona } from '../../configs/persona.js'
import type { RunConfig } from '../../configs/schema.js'
import { baseFolder } from '../../models/base-folder.js'
import { type Manifest, readManifest } from './read-manifest.js'
import { versions } from './versions.js'

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
  const before = existsSync(file) ? readManifest(file) : null
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
