import type { TrainerConfig } from '../../configs/schema.js'
import { parentModel } from '../hosted/hosted-checkpoint.js'
import type { TrainingJob } from '../trainer.js'
import { modelName } from './fireworks-names.js'

/** The request that creates a DPO job whose model gets the id of the job. */
export function jobRequest(job: TrainingJob, config: TrainerConfig, dataset: string, jobId: string): object {
  const parent = parentModel(job)
  const steps = Math.ceil(job.pairs.length / config.batchSize) * config.epochs
  return {
    ...config.hosted.options,
    dataset,
    displayName: jobId,
    // told, because the two places of the documentation name different methods as the one by default
    lossConfig: { method: 'DPO', dpo: { beta: config.beta } },
    trainingConfig: {
      // never both: the adapter knows its base
      ...(parent === null ? { baseModel: modelName(job.base) } : { warmStartFrom: parent }),
      outputModel: jobId,
      epochs: config.epochs,
      learningRate: config.learningRate,
      learningRateWarmupSteps: Math.round(config.warmupRatio * steps),
      loraRank: config.lora?.rank,
      maxContextLength: config.maxTokens,
      batchSizeSamples: config.batchSize,
      optimizerWeightDecay: config.weightDecay,
    },
  }
}
