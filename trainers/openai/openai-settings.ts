import type { AttuneError } from '../../common/error.js'
import type { TrainerConfig } from '../../configs/schema.js'
import { type CheckSettings, keyMissing } from '../cannot.js'
import { keyVariableOf, type ServicePlace } from '../hosted/connect.js'
import { between, brokenRules, only, optionsBut, type Rules, setByService } from '../hosted/setting-rules.js'

export const OPENAI: ServicePlace = { url: 'https://api.openai.com/v1', keyVariable: 'OPENAI_API_KEY' }

/** Azure wants the key in a header of its own. */
export const isAzure = (url: string | null): boolean =>
  url !== null && /\.(azure|azure-api)\.(com|us|cn)$/.test(new URL(url).hostname)

/** Place in `hosted.options` of what stands for `trainer.learningRate`. */
export const MULTIPLIER = 'learning_rate_multiplier'

/**
 * What becomes of each setting. Ranges: FineTuneDPOHyperparameters of OpenAI's openapi.yaml (2026-08).
 *
 * Reference model: the model that a job starts from, so from the second night on yesterday's.
 */
export const OPENAI_RULES: Rules = {
  method: {
    holds: ({ method }) => method === 'dpo',
    why: 'is used for `dpo` only',
    hint: 'Set trainer.method to dpo, or take another backend.',
  },
  beta: {
    holds: ({ beta }) => beta <= 2,
    why: 'takes beta up to 2',
    hint: 'Set trainer.beta to 2 or less.',
  },
  learningRate: {
    holds: ({ hosted }) => {
      const multiplier = hosted.options[MULTIPLIER]
      return multiplier === 'auto' || (typeof multiplier === 'number' && multiplier > 0)
    },
    why: 'takes no learning rate, only a multiplier of one that it chooses by itself',
    hint: `Set trainer.hosted.options.${MULTIPLIER} to auto or a number above 0; it takes the place of trainer.learningRate.`,
  },
  epochs: between('epochs', 1, 50),
  batchSize: between('batchSize', 1, 256),
  schedule: setByService('schedule'),
  warmupRatio: setByService('warmupRatio'),
  weightDecay: setByService('weightDecay'),
  adamBeta1: setByService('adamBeta1'),
  adamBeta2: setByService('adamBeta2'),
  adamEpsilon: setByService('adamEpsilon'),
  maxGradNorm: setByService('maxGradNorm'),
  labelSmoothing: only('labelSmoothing', 'has no label smoothing'),
  likelihoodWeight: only('likelihoodWeight', 'adds no likelihood term to the loss'),
  continuationMask: only('continuationMask', 'cannot mask what a grammar excludes'),
  reference: {
    holds: ({ reference }) => reference === 'previous',
    why: 'measures against the model that a job starts from, which is yesterday’s from the second night on',
    hint: 'Set trainer.reference to previous.',
  },
  maxPromptTokens: 'followed',
  maxTokens: 'followed',
  lora: only('lora', 'does not let an adapter be chosen'),
  'hosted.url': {
    holds: ({ hosted }) => hosted.url === null || new URL(hosted.url).search === '',
    why: 'appends paths to its address, which cannot have a query',
    hint: 'Give the address that ends in /v1, on Azure https://<resource>.openai.azure.com/openai/v1.',
  },
  'hosted.keyFrom': 'followed',
  'hosted.account': only('hosted.account', 'takes the account from the key'),
  'hosted.hardware': only('hosted.hardware', 'does not let hardware be chosen'),
  'hosted.timeoutMinutes': 'followed',
  'hosted.pollSeconds': 'followed',
  'hosted.retries': 'followed',
  'hosted.usdPerHour': only('hosted.usdPerHour', 'has a price by the token, not by the hour'),
  'hosted.options': optionsBut([
    'model',
    'training_file',
    'method',
    'hyperparameters',
    'suffix',
    'seed',
    'metadata',
  ]),
}

/** Settings that this backend cannot follow, and a missing key. */
export const checkOpenAi: CheckSettings = (config, env): AttuneError[] => {
  const variable = keyVariableOf(config, OPENAI)
  return [
    ...brokenRules(config, OPENAI_RULES),
    ...(env[variable]?.trim() ? [] : [keyMissing(config, variable)]),
  ]
}

/** `method.dpo.hyperparameters` of a job's request. */
export function hyperparameters({ beta, batchSize, epochs, hosted }: TrainerConfig): object {
  return { beta, batch_size: batchSize, n_epochs: epochs, [MULTIPLIER]: hosted.options[MULTIPLIER] }
}
