import type { AttuneError } from '../../common/error.js'
import { type CheckSettings, keyMissing } from '../cannot.js'
import { keyVariableOf, type ServicePlace } from '../hosted/connect.js'
import { brokenRules, only, optionsBut, type Rules, setByService } from '../hosted/setting-rules.js'

export const FIREWORKS: ServicePlace = {
  url: 'https://api.fireworks.ai/v1',
  keyVariable: 'FIREWORKS_API_KEY',
}

/**
 * What becomes of each setting, by the types of Fireworks' Python SDK (TrainingConfig, DpoConfig; 2026-07).
 *
 * Reference model: a night goes on with `warmStartFrom`, and Fireworks does not say whether it measures against that
 * model or against its base; `previous` is asked for, and a plan tells of the doubt.
 */
export const FIREWORKS_RULES: Rules = {
  method: {
    holds: ({ method }) => method === 'dpo',
    why: 'is used for `dpo` only',
    hint: 'Set trainer.method to dpo, or take another backend.',
  },
  beta: {
    holds: ({ beta }) => beta < 0.5,
    why: 'takes beta below 0.5',
    hint: 'Set trainer.beta within these limits.',
  },
  learningRate: 'followed',
  epochs: 'followed',
  batchSize: 'followed',
  schedule: setByService('schedule'),
  warmupRatio: 'followed',
  weightDecay: 'followed',
  maxGradNorm: setByService('maxGradNorm'),
  adamBeta1: setByService('adamBeta1'),
  adamBeta2: setByService('adamBeta2'),
  adamEpsilon: setByService('adamEpsilon'),
  labelSmoothing: only('labelSmoothing', 'has no label smoothing'),
  likelihoodWeight: only('likelihoodWeight', 'adds no likelihood term to the loss'),
  continuationMask: only('continuationMask', 'cannot mask what a grammar excludes'),
  reference: {
    holds: ({ reference }) => reference === 'previous',
    why: 'starts from yesterday’s model, and does not let another one be the reference',
    hint: 'Set trainer.reference to previous.',
  },
  maxPromptTokens: 'followed',
  maxTokens: 'followed',
  lora: {
    holds: ({ lora }) => lora !== null,
    why: 'trains LoRA only',
    hint: 'Set trainer.lora, e.g. to {}.',
  },
  'lora.rank': {
    holds: ({ lora }) => lora === null || (lora.rank >= 4 && lora.rank <= 64),
    why: 'takes ranks from 4 to 64',
    hint: 'Set trainer.lora.rank within these limits.',
  },
  'lora.alpha': setByService('lora.alpha'),
  'lora.dropout': setByService('lora.dropout'),
  'lora.modules': setByService('lora.modules'),
  'hosted.url': 'followed',
  'hosted.keyFrom': 'followed',
  'hosted.account': {
    holds: ({ hosted }) => /^[a-z0-9-]+$/.test(hosted.account ?? ''),
    why: 'needs the account that jobs and models belong to',
    hint: 'Set trainer.hosted.account to its id, as in accounts/<id>.',
  },
  'hosted.hardware': only('hosted.hardware', 'does not let hardware be chosen'),
  'hosted.timeoutMinutes': 'followed',
  'hosted.pollSeconds': 'followed',
  'hosted.retries': 'followed',
  'hosted.usdPerHour': only('hosted.usdPerHour', 'has a price by the token, not by the hour'),
  'hosted.options': optionsBut(['dataset', 'displayName', 'lossConfig', 'trainingConfig']),
}

/** Settings that this backend cannot follow, and a missing key. */
export const checkFireworks: CheckSettings = (config, env): AttuneError[] => {
  const variable = keyVariableOf(config, FIREWORKS)
  return [
    ...brokenRules(config, FIREWORKS_RULES),
    ...(env[variable]?.trim() ? [] : [keyMissing(config, variable)]),
  ]
}
