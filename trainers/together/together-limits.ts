import type { AttuneError } from '../../common/error.js'
import type { TrainerConfig } from '../../configs/schema.js'
import { cannot } from '../cannot.js'
import type { LimitsAnswer } from './together-answers.js'

/** Settings outside of what Together allows for a model. */
export function outsideLimits(config: TrainerConfig, base: string, limits: LimitsAnswer): AttuneError[] {
  const { lora, batchSize, epochs, learningRate } = config
  const problems: AttuneError[] = []
  const refuse = (key: string, why: string): void =>
    void problems.push(
      cannot(config, key, `${why} for ${base}`, `Set trainer.${key} within what the service allows.`),
    )
  const above = (key: string, value: number, most: number | null | undefined): void => {
    if (most != null && value > most) refuse(key, `takes ${key} up to ${most}`)
  }
  const below = (key: string, value: number, least: number | null | undefined): void => {
    if (least != null && value < least) refuse(key, `takes ${key} from ${least} on`)
  }
  if (lora === null && limits.supports_full_training === false) refuse('lora', 'trains LoRA only')
  const kind = lora === null ? limits.full_training : limits.lora_training
  above('batchSize', batchSize, kind?.max_batch_size_dpo)
  below('batchSize', batchSize, kind?.min_batch_size)
  above('epochs', epochs, limits.max_num_epochs)
  above('learningRate', learningRate, limits.max_learning_rate)
  below('learningRate', learningRate, limits.min_learning_rate)
  if (lora !== null) {
    above('lora.rank', lora.rank, kind?.max_rank)
    const modules = kind?.target_modules
    const missing = modules ? lora.modules.filter((module) => !modules.includes(module)) : []
    // all seven are sent as `all-linear`, which the service resolves by itself
    if (missing.length > 0 && lora.modules.length < 7) refuse('lora.modules', `has no ${missing.join(', ')}`)
  }
  return problems
}
