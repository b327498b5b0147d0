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

const CHECKS: Partial<Record<TrainerConfig['backend'], CheckSettings>> = {
  embedded: (config) =>
    config.method === 'dpo'
      ? []
      : [
          cannot(
            config,
            'method',
            `does not know ${config.method}`,
            'It trains by `dpo`; see docs/trainers.md for others.',
          ),
        ],
}

/** Everything that a backend cannot do of what the configuration asks, and keys that are missing. */
export function checkTrainer(config: TrainerConfig, env: NodeJS.ProcessEnv = process.env): AttuneError[] {
  return CHECKS[config.backend]?.(config, env) ?? []
}
