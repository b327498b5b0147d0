import type { TrainerConfig } from '../../configs/schema.js'
import { parentModel } from '../hosted/hosted-checkpoint.js'
import { trainingSeed } from '../hosted/training-seed.js'
import type { TrainingJob } from '../trainer.js'

/** Suffix of a job's model, at most 40 characters: carries the key, by which the job is found again. */
export const suffixOf = (job: TrainingJob): string => `attune-${job.key.slice(0, 32)}`

/** What a price is estimated from: the same fields as in the job. */
export function priced(job: TrainingJob, config: TrainerConfig, trainingFile: string): object {
  const parent = parentModel(job)
  return {
    // never both: the checkpoint knows its model
    ...(parent === null ? { model: job.base } : { from_checkpoint: parent }),
    training_file: trainingFile,
    n_epochs: config.epochs,
    training_type: trainingType(config),
    training_method: {
      method: 'dpo',
      dpo_beta: config.beta,
      dpo_normalize_logratios_by_length: false,
      dpo_reference_free: false,
    },
  }
}

/** The request that creates a job. */
export function jobRequest(job: TrainingJob, config: TrainerConfig, trainingFile: string): object {
  return {
    ...config.hosted.options,
    ...priced(job, config, trainingFile),
    n_checkpoints: 1,
    batch_size: config.batchSize,
    learning_rate: config.learningRate,
    lr_scheduler: scheduler(config),
    warmup_ratio: config.warmupRatio,
    max_grad_norm: config.maxGradNorm,
    weight_decay: config.weightDecay,
    random_seed: trainingSeed(job.key),
    suffix: suffixOf(job),
  }
}

function trainingType({ lora }: TrainerConfig): object {
  if (lora === null) return { type: 'Full' }
  return {
    type: 'Lora',
    lora_r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    // the configuration knows seven linear layers: all of them is the service's own word
    lora_trainable_modules: lora.modules.length === 7 ? 'all-linear' : lora.modules.join(','),
  }
}

/** A constant rate is a linear one that ends where it began. */
function scheduler({ schedule }: TrainerConfig): object {
  if (schedule === 'cosine')
    return { lr_scheduler_type: 'cosine', lr_scheduler_args: { min_lr_ratio: 0, num_cycles: 0.5 } }
  return {
    lr_scheduler_type: 'linear',
    lr_scheduler_args: { min_lr_ratio: schedule === 'constant' ? 1 : 0 },
  }
}
