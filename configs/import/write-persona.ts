import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Document, isMap } from 'yaml'
import { AttuneError } from '../../common/error.js'
import { ioError, ioErrorCode, writeFileAtomic } from '../../common/files.js'
import { personaSchema } from '../persona.js'
import { parseYaml } from '../yaml-source.js'
import type { PersonaText } from './persona-from.js'

const ORDER = [
  'id',
  'name',
  'age',
  'background',
  'bigFive',
  'interests',
  'lifestyle',
  'dailyRequirements',
  'goals',
  'livingArea',
  'rubric',
  'wants',
  'routine',
] as const satisfies readonly (keyof PersonaText)[]

/** A persona as the text of its YAML file, keys in the order of our own files. */
export function personaYaml(persona: PersonaText): string {
  const entries = ORDER.filter((key) => persona[key] !== undefined).map((key) => [key, persona[key]] as const)
  const document = new Document(Object.fromEntries(entries), { aliasDuplicateObjects: false })
  const bigFive = document.get('bigFive')
  if (isMap(bigFive)) bigFive.flow = true
  return document.toString({ lineWidth: 110, flowCollectionPadding: true })
}

/** What stands in a file of a persona after it was written or found right. */
export interface WrittenPersona<P> {
  file: string
  /** With `wants` and `routine` where the file had been given them since. */
  persona: P
}

/**
 * Writes a persona to `<folder>/<id>.yaml`; the folder is made. A file that says the same already is left alone, and so
 * is one that says the same and has `wants` or `routine` besides.
 *
 * @throws AttuneError PERSONA_IMPORT_EXISTS if another text stands there and `force` is not set; FILE_READ_FAILED,
 *   FILE_WRITE_FAILED
 */
export async function writePersona<P extends PersonaText & { id: string }>(
  folder: string,
  persona: P,
  { force }: { force: boolean },
): Promise<WrittenPersona<P>> {
  const file = join(folder, `${persona.id}.yaml`)
  const text = personaYaml(persona)
  const standing = await textOf(file)
  if (standing === text) return { file, persona }
  if (standing !== null && !force) {
    const kept = sameWithMore(standing, persona)
    if (kept !== undefined) return { file, persona: { ...persona, ...kept } }
    throw new AttuneError('PERSONA_IMPORT_EXISTS', 'data', 'another text stands there already', {
      file,
      hint: 'Use --force to write over it, or name another folder with --out.',
    })
  }
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw ioError('write', folder, cause)
  }
  await writeFileAtomic(file, text)
  return { file, persona }
}

/** `wants` and `routine` of a text that otherwise says what the persona says; undefined for every other text. */
function sameWithMore(
  text: string,
  persona: PersonaText,
): Pick<PersonaText, 'wants' | 'routine'> | undefined {
  const { value } = parseYaml(text, '')
  if (!personaSchema.safeParse(value).success) return undefined
  const standing = value as PersonaText
  const { wants, routine } = standing
  const more = { ...(wants !== undefined && { wants }), ...(routine !== undefined && { routine }) }
  return personaYaml({ ...more, ...persona }) === personaYaml(standing) ? more : undefined
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(ioErrorCode(cause))) return null
    throw ioError('read', file, cause)
  }
}
