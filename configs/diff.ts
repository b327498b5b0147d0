import { canonicalJson } from '../common/canonical-json.js'
import { isMapping } from './assign.js'
import type { RaterConfig } from './rater.js'
import type { RunConfig } from './schema.js'

/** A key with different values in two configurations; undefined where it does not stand. */
export interface ConfigDifference {
  /** Dotted key, e.g. `trainer.beta` or `arms.none.trainer.backend`. */
  readonly key: string
  readonly before: unknown
  readonly after: unknown
}

/** All keys in which two configurations differ, sorted by name. Lists are compared as a whole. */
export function diffConfigs(before: RunConfig, after: RunConfig): ConfigDifference[] {
  return differences('', before, after).toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

/**
 * Differences that a finished run cannot take up: everything but more days, more personas, more arms, more references,
 * another budget or number of workers, and how models are reached. Arms that already ran must be unchanged.
 */
export function breakingChanges(before: RunConfig, after: RunConfig): ConfigDifference[] {
  return diffConfigs(before, after).filter(({ key }) => !mayChange(key, before, after))
}

/** True when a run made with `before` can go on with `after` and keep everything it has. */
export function isExtension(before: RunConfig, after: RunConfig): boolean {
  return breakingChanges(before, after).length === 0
}

/** Keys of an entry of `models` that say how it is reached and what it costs, not what it is asked. */
const REACHED_BY = new Set([
  'url',
  'provider',
  'keyFrom',
  'stream',
  'limits',
  'timeoutSeconds',
  'retries',
  'latencySeconds',
  'price',
  'tokenizer',
])

function mayChange(key: string, before: RunConfig, after: RunConfig): boolean {
  if (key === 'workers' || key === 'tuned') return true
  if (key === 'days') return after.days > before.days
  if (key === 'references') return before.references.every((policy) => after.references.includes(policy))
  if (key === 'personas') return personasGrew(before.personas, after.personas)
  const [section, arm, field] = key.split('.')
  if (section === 'budget') return true
  if (section === 'models') return asksTheSame(field)
  return (
    section === 'arms' &&
    arm !== undefined &&
    !Object.hasOwn(before.arms, arm) &&
    Object.hasOwn(after.arms, arm)
  )
}

/** Whether what is sent stays the same when this field of an entry of `models` differs; undefined: the whole entry. */
const asksTheSame = (field: string | undefined): boolean => field === undefined || REACHED_BY.has(field)

/** Differences with which a rater would be another one: all but its budget and how models are reached. */
export function raterChanges(before: RaterConfig, after: RaterConfig): ConfigDifference[] {
  return differences('', before, after).filter(({ key }) => {
    const [section, , field] = key.split('.')
    return section !== 'budget' && !(section === 'models' && asksTheSame(field))
  })
}

/** `all` holds every persona that ships with attune, but none from a file of the user. */
function personasGrew(before: RunConfig['personas'], after: RunConfig['personas']): boolean {
  if (before === 'all') return after === 'all'
  if (after === 'all') return before.every((persona) => !/\.ya?ml$/i.test(persona))
  return before.every((persona) => after.includes(persona))
}

function differences(key: string, before: unknown, after: unknown): ConfigDifference[] {
  if (isMapping(before) && isMapping(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return names.flatMap((name) =>
      differences(key === '' ? name : `${key}.${name}`, valueOf(before, name), valueOf(after, name)),
    )
  }
  const same =
    canonicalJson([before]) === canonicalJson([after]) && (before === undefined) === (after === undefined)
  return same ? [] : [{ key, before, after }]
}

function valueOf(mapping: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(mapping, name) ? mapping[name] : undefined
}
