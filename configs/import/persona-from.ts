import type { z } from 'zod'
import type { AttuneError } from '../../common/error.js'
import { checkPersona } from '../check-persona.js'
import type { World } from '../load-world.js'
import { nearest } from '../nearest.js'
import { personaSchema } from '../persona.js'
import { problemsOf } from '../problems.js'
import { schemaTree } from '../schema-node.js'
import { FIELD_NAMES, sortKeys } from './field-names.js'
import { FieldReader } from './field-reader.js'
import type { Source } from './read-source.js'

/** A persona as its YAML file has it: times are text. The id is given later where the source has none. */
export type PersonaText = Omit<z.input<typeof personaSchema>, 'id'> & { id?: string }

export interface FoundPersona {
  persona: PersonaText
  /** Keys of the source that were not taken over. */
  ignored: string[]
}

export type PersonaOutcome =
  { found: FoundPersona; problems: null } | { found: null; problems: AttuneError[] }

/** Fields that no other kind of file has. */
const TELLING = Object.keys(FIELD_NAMES).filter((field) => !['name', 'age', 'background'].includes(field))

/** True for a mapping that was meant as a persona: three known fields, one of which only personas have. */
export function looksLikePersona(value: Readonly<Record<string, unknown>>): boolean {
  const fields = [...sortKeys(Object.keys(value), FIELD_NAMES).known.keys()]
  return fields.length >= 3 && fields.some((field) => TELLING.includes(field))
}

/** Reads one persona, or tells everything that keeps it from being one. */
export function personaFrom(source: Source, world: World): PersonaOutcome {
  const reader = new FieldReader(source)
  const persona = reader.read() as Partial<PersonaText>
  const unread = new Set(reader.unread)
  const parsed = personaSchema.safeParse({ id: 'none', ...persona })
  const problems = [...reader.problems]
  if (!parsed.success) {
    const told = problemsOf(parsed.error.issues, schemaTree(personaSchema), persona)
    for (const { path, message, hint } of told) {
      if (!unread.has(String(path[0])))
        problems.push(reader.problem('PERSONA_IMPORT_VALUE', path, message, hint))
    }
  } else {
    for (const { key, found, allowed } of checkPersona(parsed.data, world.home, world.catalogue)) {
      const near = nearest(found, allowed)
      const hint = near ? `Did you mean \`${near}\`?` : 'See configs/world/home.yaml and catalogue.yaml.'
      const path = key.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step))
      const message = `"${found}" is neither in the home nor in the catalogue`
      problems.push(reader.problem('PERSONA_IMPORT_VALUE', path, message, hint))
    }
  }
  if (problems.length > 0) return { found: null, problems }
  return { found: { persona: persona as PersonaText, ignored: reader.ignored }, problems: null }
}
