import type { TrainerConfig } from '../../configs/schema.js'
import { cannot, type CheckSettings, keyMissing } from '../cannot.js'
import { keyVariableOf, type ServicePlace } from '../hosted/connect.js'
import { brokenRules, type Limit, only, type Rules } from '../hosted/setting-rules.js'

/** Where pairs are pushed to and models are looked for; `HF_ENDPOINT` names another Hub, as for AutoTrain itself. */
export const hubOf = (env: NodeJS.ProcessEnv): ServicePlace => ({
  url: (env['HF_ENDPOINT'] ?? 'https://huggingface.co').replace(/\/+$/, ''),
  keyVariable: 'HF_TOKEN',
})

/** Hardware that is the server itself. */
export const LOCAL = 'local-ui'

/** Parameters of AutoTrain that `trainer.hosted.options` may set: none of them says what is learned. */
export const FREE_PARAMETERS = [
  'disable_gradient_checkpointing',
  'distributed_backend',
  'mixed_precision',
  'quantization',
  'unsloth',
  'use_flash_attention_2',
] as const

const onlyHere: Limit = {
  holds: ({ hosted }) => hosted.hardware === null || hosted.hardware === LOCAL,
  why: 'trains on its own server only: a Space ends in the same state whether it failed or not',
  hint: `Leave trainer.hosted.hardware out (\`${LOCAL}\`), or take hf-jobs for hired hardware.`,
}

/** What AutoTrain 0.8 (TRL 0.13) can be told; see docs/trainers.md. */
export const AUTOTRAIN_RULES: Rules = {
  method: {
    holds: ({ method }) => method === 'dpo',
    why: 'makes DPO of pairs, nothing else',
    hint: 'Set trainer.method to dpo, or take trl or hf-jobs.',
  },
  reference: {
    holds: ({ lora, reference }) => lora === null || reference === 'previous',
    why: 'takes yesterday’s model as the reference of an adapter, for it merges each night’s',
    hint: 'Set trainer.reference to previous, or train all weights (trainer.lora: null).',
  },
  beta: 'followed',
  learningRate: 'followed',
  epochs: 'followed',
  batchSize: 'followed',
  schedule: 'followed',
  warmupRatio: 'followed',
  weightDecay: 'followed',
  maxGradNorm: 'followed',
  maxPromptTokens: 'followed',
  maxTokens: 'followed',
  lora: 'followed',
  adamBeta1: only('adamBeta1', 'cannot be told adamBeta1'),
  adamBeta2: only('adamBeta2', 'cannot be told adamBeta2'),
  adamEpsilon: only('adamEpsilon', 'cannot be told adamEpsilon'),
  labelSmoothing: only('labelSmoothing', 'cannot smooth labels'),
  likelihoodWeight: only('likelihoodWeight', 'has no likelihood term'),
  continuationMask: only('continuationMask', 'has no grammar of replies'),
  'hosted.url': {
    holds: ({ hosted }) => hosted.url !== null,
    why: 'needs the address of a server of yours: that of anybody else would train with their token',
    hint: 'Start one with `HF_TOKEN=... autotrain app`, and set trainer.hosted.url, e.g. http://127.0.0.1:7860.',
  },
  'hosted.keyFrom': 'followed',
  'hosted.account': 'followed',
  'hosted.hardware': onlyHere,
  'hosted.timeoutMinutes': 'followed',
  'hosted.pollSeconds': 'followed',
  'hosted.retries': 'followed',
  'hosted.usdPerHour': 'followed',
  'hosted.options': {
    holds: ({ hosted }) =>
      Object.keys(hosted.options).every((name) => FREE_PARAMETERS.some((free) => free === name)),
    why: `takes only ${FREE_PARAMETERS.join(', ')} as options: all others come from keys of trainer`,
    hint: 'Take the other fields out of trainer.hosted.options.',
  },
}

/** Settings that an AutoTrain server cannot follow. */
export const checkAutoTrain: CheckSettings = (config, env) => {
  const problems = brokenRules(config, AUTOTRAIN_RULES)
  if (config.maxPromptTokens >= config.maxTokens)
    problems.push(
      cannot(
        config,
        'maxPromptTokens',
        'needs room for a reply behind the longest prompt',
        'Set trainer.maxPromptTokens below trainer.maxTokens.',
      ),
    )
  const variable = keyVariableOf(config, hubOf(env))
  if ((env[variable]?.trim() ?? '') === '') problems.push(keyMissing(config, variable))
  return problems
}

/** What is done otherwise than the settings could be read. */
export const autoTrainNotes = ({ hosted, lora }: TrainerConfig): string[] => [
  'autotrain trains one night at a time: others wait for it',
  `autotrain does not end a job after trainer.hosted.timeoutMinutes (${hosted.timeoutMinutes})`,
  'autotrain shuffles by a seed of its own: two trainings of one night differ',
  ...(lora === null ? [] : ['autotrain stores what it merges in 16 bits']),
]
