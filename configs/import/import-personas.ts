import { readdirSync, statSync } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { ioErrorCode } from '../../common/files.js'
import type { World } from '../load-world.js'
import { type PersonaText, looksLikePersona, personaFrom } from './persona-from.js'
import { personaIds } from './persona-id.js'
import { readSources, type Source } from './read-source.js'

export interface ImportedPersona {
  /** As it will stand in its file. */
  persona: PersonaText & { id: string }
  /** Where it was found. */
  file: string
  /** Keys of the source that were not taken over. */
  ignored: string[]
}

export interface ImportResult {
  personas: ImportedPersona[]
  /** Everything that keeps files from being imported. */
  problems: AttuneError[]
  /** JSON and YAML files that are no personas. */
  skipped: string[]
}

const SCRATCH = 'scratch.json'

/**
 * Reads every persona below a folder: `scratch.json` files of ProPerSim, and JSON or YAML files with the same fields
 * under any of the names of `field-names.ts`. Nothing is written.
 *
 * @param except a folder below it that is not looked into
 * @throws AttuneError PERSONA_IMPORT_FOLDER without the folder, PERSONA_IMPORT_NONE if no file in it is meant as a persona
 */
export function importPersonas(folder: string, world: World, except?: string): ImportResult {
  const files = filesBelow(folder, except === undefined ? undefined : resolve(except))
  const problems: AttuneError[] = []
  const skipped: string[] = []
  const found = files.flatMap((file) => {
    const personas = sourcesOf(file, problems)
    if (personas?.length === 0) skipped.push(file)
    return (personas ?? []).flatMap((source) => {
      const outcome = personaFrom(source, world)
      problems.push(...(outcome.problems ?? []))
      return outcome.found === null ? [] : [{ file, ...outcome.found }]
    })
  })
  if (found.length === 0 && problems.length === 0) throw none(folder, skipped.length)
  const ids = personaIds(
    found.map(({ persona: { id, name, bigFive }, file }) => ({
      id,
      name,
      bigFive,
      path: relative(folder, file).split(sep),
    })),
  )
  const personas = found.flatMap(({ persona, file, ignored }, i) => {
    const id = ids[i]!
    const first = found[ids.indexOf(id)]!
    if (ids.indexOf(id) === i) return [{ persona: { ...persona, id }, file, ignored }]
    const hint = `Give it another \`id\`: ${first.file} has the same.`
    problems.push(
      new AttuneError('PERSONA_IMPORT_ID_TWICE', 'data', `the id ${id} is taken`, { file, key: 'id', hint }),
    )
    return []
  })
  return { personas, problems, skipped }
}

/** Undefined for a file that cannot be read, whose problem is told. */
function sourcesOf(file: string, problems: AttuneError[]): Source[] | undefined {
  try {
    return readSources(file, (value) => basename(file) === SCRATCH || looksLikePersona(value))
  } catch (error) {
    if (!AttuneError.is(error)) throw error
    problems.push(error)
    return undefined
  }
}

function filesBelow(folder: string, except: string | undefined): string[] {
  if (!isFolder(folder)) {
    throw new AttuneError('PERSONA_IMPORT_FOLDER', 'usage', `there is no folder ${folder}`, {
      hint: 'Name a folder that holds scratch.json files, or JSON or YAML files of personas.',
    })
  }
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        const passedOver =
          entry.name.startsWith('.') || entry.name === 'node_modules' || resolve(path) === except
        return passedOver ? [] : filesBelow(path, except)
      }
      return /\.(json|ya?ml)$/i.test(entry.name) && !entry.name.startsWith('.') ? [path] : []
    })
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(ioErrorCode(cause))) return false
    throw cause
  }
}

function none(folder: string, others: number): AttuneError {
  const message = `there is no persona in ${folder}`
  return new AttuneError('PERSONA_IMPORT_NONE', 'usage', message, {
    hint: `${others} JSON or YAML files were looked at; a persona is a scratch.json, or has at least three fields such as \`name\`, \`big_five\`, \`lifestyle\`, \`criteria\`.`,
  })
}
