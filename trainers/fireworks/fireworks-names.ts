import { sha256Hex } from '../../common/files.js'
import type { TrainingJob } from '../trainer.js'

/** Id of a night's data: the same rows, the same dataset. */
export const datasetIdOf = (jsonl: string): string => `attune-${sha256Hex(jsonl).slice(0, 32)}`

/**
 * Id of a job, chosen here so that creating it twice is one job: it carries the key.
 * @param attempt from 1; above 1 after jobs of the same key that failed
 */
export const jobIdOf = ({ key }: TrainingJob, attempt: number): string =>
  `attune-${key.slice(0, 32)}${attempt === 1 ? '' : `-${attempt}`}`

/** A model's full name: ids without an account are Fireworks' own. */
export const modelName = (name: string, account = 'fireworks'): string =>
  name.startsWith('accounts/') ? name : `accounts/${account}/models/${name}`
