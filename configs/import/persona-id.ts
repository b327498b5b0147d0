import type { AnyPersona } from '../persona.js'

/** Text as an id: lower-case letters, digits and dashes; empty where it has neither letter nor digit. */
export function slug(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
}

/** What an id is made of. */
export interface Nameable {
  /** Given by its author. */
  id: string | undefined
  name: string
  bigFive: AnyPersona['bigFive']
  /** Names of the folders and the file it was found in, from the folder that is imported on. */
  path: readonly string[]
}

/**
 * Ids for imported personas, in their order: their own, else the name and the initials of the high traits
 * (`john-lin-oca`, `john-lin-low` for none). Where several would have the same, each gets the folder (or file) in which
 * it differs from the first, and as the last resort a number.
 */
export function personaIds(personas: readonly Nameable[]): string[] {
  const plain = personas.map((persona) => persona.id ?? nameAndTraits(persona))
  const told = personas.map(({ id, path }, i) => {
    const same = personas.filter((_, k) => plain[k] === plain[i])
    if (id !== undefined || same.length === 1) return plain[i]!
    const step = path.findIndex((part, depth) => same.some((other) => other.path[depth] !== part))
    return [plain[i]!, slug((path[step] ?? '').replace(/\.[a-z]+$/i, ''))].filter(Boolean).join('-')
  })
  const taken = new Map<string, number>()
  return told.map((id, i) => {
    const before = taken.get(id) ?? 0
    taken.set(id, before + 1)
    return before === 0 || personas[i]!.id !== undefined ? id : `${id}-${before + 1}`
  })
}

function nameAndTraits({ name, bigFive }: Nameable): string {
  const high = Object.entries(bigFive)
    .filter(([, level]) => level === 'high')
    .map(([trait]) => trait[0])
  return `${slug(name) || 'persona'}-${high.join('') || 'low'}`
}
