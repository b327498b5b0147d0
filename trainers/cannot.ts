import { AttuneError } from '../common/error.js'
import type { TrainerConfig } from '../configs/schema.js'

/** What a backend says to its settings before any job: problems only, nothing is sent. */
export type CheckSettings = (config: TrainerConfig, env: NodeJS.ProcessEnv) => AttuneError[]

/** A key that this backend cannot follow; never ignored in silence. */
export function cannot(config: TrainerConfig, key: string, why: string, hint: string): AttuneError {
  return new AttuneError('TRAINER_CANNOT', 'config', `${config.backend} ${why}`, {
    key: `trainer.${key}`,
    hint,
  })
}

/** The environment variable that a service's key comes from is empty. */
export function keyMissing(config: TrainerConfig, variable: string): AttuneError {
  return new AttuneError('TRAINER_KEY_MISSING', 'config', `${config.backend} needs a key in ${variable}`, {
    key: 'trainer.hosted.keyFrom',
    hint: `Set the environment variable ${variable}, or name another one in trainer.hosted.keyFrom.`,
  })
}
