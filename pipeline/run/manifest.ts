import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson } from '../../common/canonical-json.js'
import { AttuneError } from '../../common/error.js'
import { sha256Hex, writeJsonAtomic } from '../../common/files.js'
import { breakingChanges } from '../../configs/diff.js'
import { configHash } from '../../configs/hash.js'
import type { World } from '../../configs/load-world.js'
import type { AnyPersona } from '../../configs/persona.js'
import type { RunConfig } from '../../configs/schema.js'
import { loadQuestions } from '../../configs/load-questions.js'
import { loadPrompts } from '../../configs/prompts.js'
import { baseFolder } from '../../models/base-folder.js'
import { modelsAsked } from './crew.js'
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
  personas: readonly AnyPersona[],
  world: World,
): Promise<Manifest> {
  const { before, inputs, base } = await checkManifest(file, config, personas, world)
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

/**
 * Holds a configuration against the manifest that stands, if there is one; writes nothing.
 *
 * @throws as {@link settleManifest}
 */
export async function checkManifest(
  file: string,
  config: RunConfig,
  personas: readonly AnyPersona[],
  world: World,
): Promise<Pick<Manifest, 'base'> & { before: Manifest | null; inputs: Record<string, string> }> {
  const before = existsSync(file) ? readManifest(file) : null
  const inputs = inputsOf(config, personas, world)
  if (before) refuseChanges(before, config, inputs, file)
  const base = await hashOfBase(config)
  if (before && before.base !== base) {
    throw new AttuneError('RUN_DIFFERS', 'config', 'the base model is not the one that this run began with', {
      file,
      key: 'assistant.model',
      hint: 'Give the run another `name`.',
    })
  }
  return { before, inputs, base }
}

/** SHA-256 of the base model's weights; null for a model behind an endpoint. */
async function hashOfBase({ assistant, models }: RunConfig): Promise<string | null> {
  if (Object.hasOwn(models, assistant.model)) return null
  const file = join(baseFolder(assistant.model), 'model.safetensors')
  const weights = await readFile(file).catch((cause: unknown) => {
    throw new AttuneError('BASE_MISSING', 'config', `there is no base model ${assistant.model}`, {
      key: 'assistant.model',
      hint: '`nano`, a Hugging Face model folder with model.safetensors, or an entry of `models`.',
      cause,
    })
  })
  return sha256Hex(weights)
}

/** SHA-256 of everything beside the configuration that a run is made of. */
export function inputsOf(
  config: RunConfig,
  personas: readonly AnyPersona[],
  world: World,
): Record<string, string> {
  const parts = {
    world,
    ...(config.evaluate.questions !== null && {
      'evaluate.questions': loadQuestions(config.evaluate.questions),
    }),
    ...(modelsAsked(config).length > 0 && { prompts: loadPrompts(config.prompts).hash }),
    ...Object.fromEntries(personas.map((persona) => [`personas.${persona.id}`, persona])),
  }
  return Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, sha256Hex(canonicalJson(part))]))
}

/** Names of the inputs that are no longer what the run began with. */
export function editedSince({ inputs: before = {} }: Manifest, inputs: Record<string, string>): string[] {
  return Object.keys(before).filter((key) => Object.hasOwn(inputs, key) && inputs[key] !== before[key])
}

/** @throws AttuneError RUN_DIFFERS, naming every key and every one of `inputs` that differs */
export function refuseChanges(
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
    ...editedSince(before, inputs).map((key) => problem(key, 'has been edited since this run began')),
  ]
  if (problems.length === 0) return
  throw new AttuneError('RUN_DIFFERS', 'config', 'this run was made with another configuration', {
    file,
    hint: 'Give the run another `name`, delete its folder, or set the keys back; days, personas, arms and references may be added.',
    problems,
  })
}

const told = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value))
