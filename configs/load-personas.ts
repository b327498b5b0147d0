import { readdirSync } from 'node:fs'
import { join, parse, resolve } from 'node:path'
import { AttuneError } from '../common/error.js'
import { packageRoot } from '../common/package-root.js'
import { checkPersona } from './check-persona.js'
import { invalid } from './invalid.js'
import type { World } from './load-world.js'
import { loadYaml } from './load-yaml.js'
import { nearest } from './nearest.js'
import { type AnyPersona, isStructured, type Persona, personaSchema } from './persona.js'
import type { RunConfig } from './schema.js'
import { readYaml } from './yaml-source.js'

/** Folder of the personas that ship with attune. */
export const personasFolder = (): string => join(packageRoot(), 'configs', 'personas')

/** Ids of the personas that ship with attune, in alphabetical order. */
export function personaIds(): string[] {
  return readdirSync(personasFolder())
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => parse(name).name)
    .toSorted()
}

/**
 * The personas a configuration names, all with what the built-in user needs.
 *
 * @throws AttuneError CONFIG_INVALID as `loadAnyPersonas`, and with PERSONA_UNSTRUCTURED
 */
export function loadPersonas(named: RunConfig['personas'], world: World): Persona[] {
  return requireStructured(loadAnyPersonas(named, world))
}

/** @throws AttuneError CONFIG_INVALID with PERSONA_UNSTRUCTURED for each persona that the built-in user cannot play */
export function requireStructured(personas: readonly AnyPersona[]): Persona[] {
  const text = personas.filter((persona) => !isStructured(persona))
  if (text.length > 0) throw invalid(text.map(unstructured))
  return personas.filter(isStructured)
}

function unstructured({ id, wants }: AnyPersona): AttuneError {
  const missing = wants === undefined ? 'wants' : 'routine'
  return new AttuneError('PERSONA_UNSTRUCTURED', 'config', `${id} has no \`${missing}\``, {
    key: 'personas',
    hint: 'The built-in user needs `wants` and `routine`; set simulator.life and simulator.rater to entries of `models`.',
  })
}

/**
 * The personas a configuration names, each checked against the home and the catalogue; those without `wants` or
 * `routine` are for language models only.
 *
 * @throws AttuneError CONFIG_INVALID with every problem of every file, PERSONA_UNKNOWN
 */
export function loadAnyPersonas(named: RunConfig['personas'], world: World): AnyPersona[] {
  const problems: AttuneError[] = []
  const personas = (named === 'all' ? personaIds() : named).flatMap((name) => {
    try {
      return [loadPersona(name, world)]
    } catch (error) {
      if (!AttuneError.is(error)) throw error
      problems.push(...(error.details.problems ?? [error]))
      return []
    }
  })
  const twice = personas.find(({ id }, i) => personas.findIndex((other) => other.id === id) < i)
  if (twice) problems.push(new AttuneError('PERSONA_TWICE', 'config', `two personas have the id ${twice.id}`))
  if (problems.length > 0) throw invalid(problems)
  return personas
}

function loadPersona(name: string, world: World): AnyPersona {
  const isFile = name.endsWith('.yaml') || name.endsWith('.yml')
  if (!isFile && !personaIds().includes(name)) {
    const near = nearest(name, personaIds())
    throw new AttuneError('PERSONA_UNKNOWN', 'config', `there is no persona "${name}"`, {
      key: 'personas',
      hint: near
        ? `Did you mean \`${near}\`?`
        : 'List them with `attune personas list`, or name a YAML file.',
    })
  }
  const file = isFile ? resolve(name) : join(personasFolder(), `${name}.yaml`)
  const persona = loadYaml(file, personaSchema)
  const found = checkPersona(persona, world.home, world.catalogue)
  if (found.length === 0) return persona
  const source = readYaml(file)
  throw invalid(
    found.map(({ key, found: value, allowed }) => {
      const line = source.lineOf(key.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part)))
      const near = nearest(value, allowed)
      return new AttuneError(
        'PERSONA_NAME_UNKNOWN',
        'config',
        `"${value}" is neither in the home nor in the catalogue`,
        {
          file,
          key,
          ...(line !== undefined && { line }),
          hint: near
            ? `Did you mean \`${near}\`?`
            : 'See configs/world/home.yaml and configs/world/catalogue.yaml.',
        },
      )
    }),
    file,
  )
}
