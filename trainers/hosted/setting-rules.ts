import { isDeepStrictEqual } from 'node:util'
import type { AttuneError } from '../../common/error.js'
import { trainer } from '../../configs/run/trainer.js'
import type { TrainerConfig } from '../../configs/schema.js'
import { cannot } from '../cannot.js'

type Lora = NonNullable<TrainerConfig['lora']>

/** Settings that every hosted backend has to answer for: whether they are followed, and within which limits. */
export type Setting =
  | Exclude<keyof TrainerConfig, 'backend' | 'base' | 'keep' | 'trl' | 'hosted'>
  | `hosted.${keyof TrainerConfig['hosted']}`

export type LoraSetting = `lora.${keyof Lora}`

export interface Limit {
  holds: (config: TrainerConfig) => boolean
  /** Goes on after the backend's name. */
  why: string
  hint: string
  /** The service sets this itself, in a way that is not known to equal the default. */
  unknown?: true
}

export type Rule = 'followed' | Limit

/** What a backend does with each setting; a missing one does not compile. */
export type Rules = Record<Setting, Rule> & Partial<Record<LoraSetting, Rule>>

const DEFAULTS = trainer.parse({})
const LORA = trainer.parse({ lora: {} }).lora

/** Settings that a configuration asks for and a backend cannot follow, one TRAINER_CANNOT each. */
export function brokenRules(config: TrainerConfig, rules: Rules): AttuneError[] {
  return Object.entries(rules).flatMap(([key, rule]) =>
    rule === 'followed' || rule.holds(config) ? [] : [cannot(config, key, rule.why, rule.hint)],
  )
}

/** What a service does otherwise than the settings could be read, one sentence each. */
export function settingNotes(config: TrainerConfig, rules: Rules): string[] {
  const keys = Object.entries(rules).flatMap(([key, rule]) =>
    rule !== 'followed' && rule.unknown && (config.lora !== null || !key.startsWith('lora.')) ? [key] : [],
  )
  return [
    `${config.backend} sets ${keys.join(', ')} itself and does not say how`,
    `${config.backend} does not end a job after trainer.hosted.timeoutMinutes: it is how long attune waits for the pairs to be processed`,
  ]
}

/** The service decides; only what the configuration says by default is let pass, and a plan tells of it. */
export function setByService(key: Setting | LoraSetting): Limit {
  return { ...only(key, `sets ${key} itself`), unknown: true }
}

/** The service does not have this; its default, which turns it off, is followed. */
export function only(key: Setting | LoraSetting, why: string): Limit {
  const wanted = valueAt(DEFAULTS, key)
  return {
    holds: (config) => isDeepStrictEqual(valueAt(config, key), wanted),
    why,
    hint: `Leave trainer.${key} out (${JSON.stringify(wanted)}), or take another backend.`,
  }
}

/** A number that the service takes between two limits, both allowed. */
export function between(key: 'epochs' | 'batchSize', least: number, most: number): Limit {
  return {
    holds: (config) => config[key] >= least && config[key] <= most,
    why: `takes ${key} from ${least} to ${most}`,
    hint: `Set trainer.${key} within these limits.`,
  }
}

/** Fields of a request that attune writes itself are not for `hosted.options`. */
export function optionsBut(reserved: readonly string[]): Limit {
  return {
    holds: ({ hosted }) => reserved.every((field) => !(field in hosted.options)),
    why: `gets ${reserved.join(', ')} from other keys`,
    hint: 'Take these fields out of trainer.hosted.options.',
  }
}

function valueAt(config: TrainerConfig, key: Setting | LoraSetting): unknown {
  const [first, second] = key.split('.') as [keyof TrainerConfig, string | undefined]
  if (second === undefined) return config[first]
  const inner = (config[first] ?? LORA) as Record<string, unknown>
  return inner[second]
}
