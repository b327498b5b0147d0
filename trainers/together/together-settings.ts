import type { AttuneError } from '../../common/error.js'
import { type CheckSettings, keyMissing } from '../cannot.js'
import { keyVariableOf, type ServicePlace } from '../hosted/connect.js'
import { brokenRules, only, optionsBut, type Rules, setByService } from '../hosted/setting-rules.js'

export const TOGETHER: ServicePlace = {
  url: 'https://api.together.ai/v1',
  keyVariable: 'TOGETHER_API_KEY',
}

/** Fields of a job's request that attune writes. */
const WRITTEN = [
  'model',
  'from_checkpoint',
  'training_file',
  'n_epochs',
  'n_checkpoints',
  'batch_size',
  'learning_rate',
  'lr_scheduler',
  'warmup_ratio',
  'max_grad_norm',
  'weight_decay',
  'random_seed',
  'suffix',
  'training_type',
  'training_method',
]

/**
 * What becomes of each setting. Ranges differ by model and are asked for in the plan (`/fine-tunes/models/limits`).
 *
 * Reference model: `dpo_beta` holds the model to its "reference (or pre-tuned)" one (docs, preference fine-tuning), which
 * is read as the model that a job starts from: from the second night on yesterday's.
 */
export const TOGETHER_RULES: Rules = {
  method: {
    holds: ({ method }) => method === 'dpo',
    why: 'is used for `dpo` only',
    hint: 'Set trainer.method to dpo, or take another backend.',
  },
  beta: 'followed',
  learningRate: 'followed',
  epochs: 'followed',
  batchSize: 'followed',
  schedule: 'followed',
  warmupRatio: 'followed',
  weightDecay: 'followed',
  maxGradNorm: 'followed',
  adamBeta1: setByService('adamBeta1'),
  adamBeta2: setByService('adamBeta2'),
  adamEpsilon: setByService('adamEpsilon'),
  labelSmoothing: only('labelSmoothing', 'has no label smoothing'),
  // its rpo_alpha weighs a likelihood term too, but whether by token or by reply is not told
  likelihoodWeight: only('likelihoodWeight', 'does not say by what its likelihood term is divided'),
  continuationMask: only('continuationMask', 'cannot mask what a grammar excludes'),
  reference: {
    holds: ({ reference }) => reference === 'previous',
    why: 'measures against the model that a job starts from, which is yesterday’s from the second night on',
    hint: 'Set trainer.reference to previous.',
  },
  maxPromptTokens: 'followed',
  maxTokens: 'followed',
  lora: 'followed',
  'hosted.url': 'followed',
  'hosted.keyFrom': 'followed',
  'hosted.account': only('hosted.account', 'takes the account from the key'),
  'hosted.hardware': only('hosted.hardware', 'does not let hardware be chosen'),
  'hosted.timeoutMinutes': 'followed',
  'hosted.pollSeconds': 'followed',
  'hosted.retries': 'followed',
  'hosted.usdPerHour': only('hosted.usdPerHour', 'has a price by the token, not by the hour'),
  'hosted.options': optionsBut(WRITTEN),
}

/** Settings that this backend cannot follow, and a missing key. */
export const checkTogether: CheckSettings = (config, env): AttuneError[] => {
  const variable = keyVariableOf(config, TOGETHER)
  return [
    ...brokenRules(config, TOGETHER_RULES),
    ...(env[variable]?.trim() ? [] : [keyMissing(config, variable)]),
  ]
}
