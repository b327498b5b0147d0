import type { AttuneError } from '../common/error.js'
import type { TrainerConfig } from '../configs/schema.js'
import { checkAutoTrain } from './autotrain/autotrain-settings.js'
import { cannot, type CheckSettings } from './cannot.js'
import { checkFireworks } from './fireworks/fireworks-settings.js'
import { checkHfJobs } from './hf-jobs/check-hf-jobs.js'
import { checkTrl } from './trl/check-settings.js'
import { checkOpenAi } from './openai/openai-settings.js'
import { checkTogether } from './together/together-settings.js'

export { cannot, type CheckSettings } from './cannot.js'

const CHECKS: Partial<Record<TrainerConfig['backend'], CheckSettings>> = {
  autotrain: checkAutoTrain,
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
  fireworks: checkFireworks,
  'hf-jobs': checkHfJobs,
  openai: checkOpenAi,
  together: checkTogether,
  trl: checkTrl,
}

/** Everything that a backend cannot do of what the configuration asks, and keys that are missing. */
export function checkTrainer(config: TrainerConfig, env: NodeJS.ProcessEnv = process.env): AttuneError[] {
  return CHECKS[config.backend]?.(config, env) ?? []
}
