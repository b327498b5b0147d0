import type { TrainerConfig } from '../../configs/schema.js'
import { parentModel } from '../hosted/hosted-checkpoint.js'
import { trainingSeed } from '../hosted/training-seed.js'
import type { TrainingJob } from '../trainer.js'
import { LOCAL } from './autotrain-settings.js'

export interface Project {
  account: string
  /** Letters, digits and dashes, at most 50. */
  project: string
  /** Hub dataset with the night's pairs. */
  dataset: string
}

/**
 * The form that creates a project (`POST /ui/create_project`, the route whose jobs push what they made). A night goes on
 * from yesterday's merged model.
 */
export function projectForm(job: TrainingJob, { account, project, dataset }: Project): FormData {
  const form = new FormData()
  const fields = {
    project_name: project,
    task: 'llm:dpo',
    base_model: parentModel(job) ?? job.base,
    hardware: LOCAL,
    params: JSON.stringify(parameters(job)),
    autotrain_user: account,
    column_mapping: JSON.stringify({ prompt: 'prompt', text: 'chosen', rejected_text: 'rejected' }),
    hub_dataset: dataset,
    train_split: 'train',
    valid_split: '',
  }
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}

/**
 * Every parameter that bears on the result, so that none of AutoTrain's defaults does: it would cut prompts at 128 tokens,
 * take four batches for a step and load the model in 4 bits (autotrain/trainers/clm/params.py, 0.8.36).
 */
function parameters(job: TrainingJob): Record<string, unknown> {
  const { config } = job
  return {
    mixed_precision: null,
    quantization: 'none',
    disable_gradient_checkpointing: true,
    ...config.hosted.options,
    chat_template: null,
    padding: 'right',
    add_eos_token: true,
    block_size: config.maxTokens,
    model_max_length: config.maxTokens,
    max_prompt_length: config.maxPromptTokens,
    max_completion_length: config.maxTokens - config.maxPromptTokens,
    dpo_beta: config.beta,
    lr: config.learningRate,
    epochs: config.epochs,
    batch_size: config.batchSize,
    gradient_accumulation: 1,
    auto_find_batch_size: false,
    optimizer: 'adamw_torch',
    scheduler: config.schedule,
    warmup_ratio: config.warmupRatio,
    weight_decay: config.weightDecay,
    max_grad_norm: config.maxGradNorm,
    seed: trainingSeed(job.key),
    logging_steps: 1,
    log: 'none',
    push_to_hub: true,
    ...lowRank(config),
    ...(config.lora === null && { model_ref: reference(job) }),
  }
}

function lowRank({ lora }: TrainerConfig): Record<string, unknown> {
  if (lora === null) return { peft: false }
  return {
    peft: true,
    merge_adapter: true,
    lora_r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    target_modules: lora.modules.length === 7 ? 'all-linear' : lora.modules.join(','),
  }
}

/** The reference of full training; with an adapter it is the model below it. */
const reference = (job: TrainingJob): string =>
  job.config.reference === 'base' ? job.base : (parentModel(job) ?? job.base)
