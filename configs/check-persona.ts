import type { Catalogue } from './catalogue.js'
import { type Home, WALKING } from './home.js'
import type { AnyPersona } from './persona.js'

/** Something in a persona that its home or the catalogue does not have. */
export interface PersonaProblem {
  /** Dotted key in the persona's file. */
  key: string
  found: string
  /** Names that would be right there. */
  allowed: readonly string[]
}

/** Names in a persona that do not stand in `home.yaml` or `catalogue.yaml`; empty when all is well. */
export function checkPersona(persona: AnyPersona, home: Home, catalogue: Catalogue): PersonaProblem[] {
  const problems: PersonaProblem[] = []
  const activities = Object.keys(home.activities).filter((name) => name !== WALKING)
  const kinds = Object.entries(catalogue.topics).flatMap(([topic, { variants }]) => [
    topic,
    ...Object.keys(variants).map((variant) => `${topic}: ${variant}`),
  ])
  const check = (key: string, found: string, allowed: readonly string[]): void => {
    if (!allowed.includes(found)) problems.push({ key, found, allowed })
  }
  const { wants, routine } = persona
  wants?.preference.likes.forEach(({ kind }, i) => check(`wants.preference.likes.${i}.kind`, kind, kinds))
  wants?.preference.unwelcome.forEach((kind, i) => check(`wants.preference.unwelcome.${i}`, kind, kinds))
  wants?.timing.protected.forEach((name, i) => check(`wants.timing.protected.${i}`, name, activities))
  wants?.timing.inviting.forEach((name, i) => check(`wants.timing.inviting.${i}`, name, activities))
  for (const day of ['weekday', 'weekend'] as const) {
    routine?.[day].forEach((block, i) => check(`routine.${day}.${i}.do`, block.do, activities))
  }
  return problems
}
