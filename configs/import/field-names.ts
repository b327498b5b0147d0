import { nearest } from '../nearest.js'

/** What a persona file says of a person, by the names of `configs/persona.ts`; `rubric` is read by CRITERION_NAMES. */
export const FIELD_NAMES = {
  name: ['name', 'full name'],
  age: ['age', 'age in years'],
  background: ['background', 'biography', 'bio', 'about'],
  bigFive: [
    'big five personality traits',
    'big five',
    'big five traits',
    'big 5',
    'personality traits',
    'personality',
  ],
  interests: ['current interests', 'interests', 'hobbies'],
  lifestyle: ['lifestyle', 'life style', 'typical day'],
  // `daily_req` of scratch.json is not among them: it is the state of a simulation, not a wish
  dailyRequirements: ['daily plan req', 'daily plan requirements', 'daily requirements'],
  goals: ['long term goals', 'goals'],
  livingArea: ['living area', 'residence'],
  rubric: ['criteria', 'rubric', 'evaluation criteria', 'rating criteria'],
} as const satisfies Record<string, readonly string[]>

/** The four paragraphs of the rubric. */
export const CRITERION_NAMES = {
  preference: ['personal preference', 'preference', 'content preference'],
  timing: ['timing', 'time', 'preferred timing'],
  frequency: ['frequency', 'how often', 'preferred frequency'],
  communication: [
    'communication & safety',
    'communication',
    'communication style',
    'communication style & safety',
  ],
} as const satisfies Record<string, readonly string[]>

export const TRAIT_NAMES = {
  openness: ['openness', 'openness to experience', 'open-mindedness'],
  conscientiousness: ['conscientiousness'],
  extraversion: ['extraversion', 'extroversion'],
  agreeableness: ['agreeableness'],
  neuroticism: ['neuroticism'],
} as const satisfies Record<string, readonly string[]>

export type Names = Readonly<Record<string, readonly string[]>>

/** What `sortKeys` makes of a mapping. */
export interface SortedKeys {
  /** Keys of the mapping by the name they mean, in the order of the file. */
  known: Map<string, string[]>
  unknown: string[]
}

const FILLERS = new Set(['a', 'and', 'for', 'in', 'my', 'of', 'persona', 'the', 'to', 'user'])

/** A name by its words: case, `_`, `-`, `&`, plural, order and filler words do not count. */
export function normalised(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)
  return (words ?? [])
    .filter((word) => !FILLERS.has(word))
    .map((word) => (/[^s]s$/.test(word) && word.length > 3 ? word.slice(0, -1) : word))
    .toSorted()
    .join(' ')
}

/** Which of `names` each key means; `ours` is a name too. */
export function sortKeys(keys: readonly string[], names: Names): SortedKeys {
  const meant = new Map(
    Object.entries(names).flatMap(([ours, others]) =>
      [ours, ...others].map((name) => [normalised(name), ours] as const),
    ),
  )
  const known = new Map<string, string[]>()
  const unknown: string[] = []
  for (const key of keys) {
    const ours = meant.get(normalised(key))
    if (ours === undefined) unknown.push(key)
    else known.set(ours, [...(known.get(ours) ?? []), key])
  }
  return { known, unknown }
}

/** The key among `unknown` that was most likely to be one of these names, or undefined. */
export function nearestOf(names: readonly string[], unknown: readonly string[]): string | undefined {
  return names.map((name) => nearest(name, unknown)).find((near) => near !== undefined)
}
