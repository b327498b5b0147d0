import { nearest } from '../nearest.js'
import type { AnyPersona } from '../persona.js'
import { sortKeys, TRAIT_NAMES } from './field-names.js'

export type BigFive = AnyPersona['bigFive']

/** Something in the Big Five that cannot be read. */
export interface TraitProblem {
  message: string
  hint: string
}

export type BigFiveOutcome =
  { bigFive: BigFive; problems: null } | { bigFive: null; problems: readonly TraitProblem[] }

const TRAITS = Object.keys(TRAIT_NAMES)
const LEVEL = /\b(?:high|low)\b/i
/** What stands around the name of a trait. */
const PLAIN = /\b(?:high|low|in|on|is)\b|[^\p{L}\s-]/giu
const FORM = 'Write "High in Openness, Low in ..." or a mapping of the five traits to high or low.'

/**
 * Reads the Big Five from text (`High in Extraversion, Low in Openness to Experience, ...`, any order, a level may hold
 * for several traits), from a list of such texts, or from a mapping of traits to `high` or `low`.
 */
export function parseBigFive(value: unknown): BigFiveOutcome {
  const stated = statements(value)
  if (stated === undefined)
    return refused([{ message: `expected the Big Five, found ${typeof value}`, hint: FORM }])
  const problems: TraitProblem[] = []
  const levels = new Map<string, 'high' | 'low' | 'unclear'>()
  for (const { trait, level, text } of stated) {
    if (trait === undefined) {
      const near = nearest(text.replaceAll(PLAIN, ' '), TRAITS)
      if (near !== undefined) levels.set(near, 'unclear')
      const hint = near ? `Did you mean \`${near}\`?` : `They are ${TRAITS.join(', ')}.`
      problems.push({ message: `"${text}" names none of the Big Five`, hint })
      continue
    }
    const clear = level.toLowerCase()
    const before = levels.get(trait)
    if (clear !== 'high' && clear !== 'low') {
      problems.push({ message: `${trait}: expected high or low, found "${text}"`, hint: FORM })
      levels.set(trait, 'unclear')
    } else if (before !== undefined && before !== clear) {
      problems.push({ message: `${trait} is both high and low`, hint: 'Keep one of the two.' })
    } else levels.set(trait, clear)
  }
  const missing = TRAITS.filter((trait) => !levels.has(trait))
  if (missing.length > 0) problems.push({ message: `missing: ${missing.join(', ')}`, hint: FORM })
  if (problems.length > 0) return refused(problems)
  return {
    bigFive: Object.fromEntries(TRAITS.map((trait) => [trait, levels.get(trait)])) as BigFive,
    problems: null,
  }
}

const refused = (problems: TraitProblem[]): BigFiveOutcome => ({ bigFive: null, problems })

interface Statement {
  /** By our name. */
  trait: string | undefined
  level: string
  /** As it was written. */
  text: string
}

function statements(value: unknown): Statement[] | undefined {
  if (typeof value === 'string') return fromText(value)
  if (Array.isArray(value)) {
    return value.every((part) => typeof part === 'string') ? fromText(value.join(', ')) : undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).map(([trait, level]) => {
    const shown = typeof level === 'string' ? level.trim() : JSON.stringify(level)
    return { trait: traitOf(trait), level: shown, text: `${trait}: ${shown}` }
  })
}

function fromText(text: string): Statement[] {
  let carried = ''
  return text
    .split(/[,;.\n]|\band\b/i)
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const [own] = LEVEL.exec(part) ?? []
      const rest = part.replaceAll(PLAIN, ' ')
      const trait = traitOf(rest)
      if (trait === undefined) {
        // `Medium in Openness` is about openness, whatever is said of it
        const about = TRAITS.find((each) => part.toLowerCase().includes(each))
        return { trait: about, level: '', text: part }
      }
      // `High in A, B and C` goes on; `A: high, B` does not
      if (own !== undefined) carried = part.startsWith(own) ? own : ''
      return { trait, level: own ?? carried, text: part }
    })
}

function traitOf(name: string): string | undefined {
  const [trait] = sortKeys([name], TRAIT_NAMES).known.keys()
  return trait
}
