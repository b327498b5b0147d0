import { AttuneError } from '../../common/error.js'
import { cannot, type CheckSettings, keyMissing } from '../cannot.js'
import { keyVariableOf } from '../hosted/connect.js'
import { OWN_FIELDS } from './job-request.js'
import { HF_JOBS } from './place.js'

/** Settings that a job of Hugging Face Jobs, or the TRL in it, cannot follow. */
export const checkHfJobs: CheckSettings = (config, env) => {
  const problems: AttuneError[] = []
  const refuse = (key: string, why: string, hint: string): void =>
    void problems.push(cannot(config, key, why, hint))
  if (config.lora === null)
    refuse('lora', 'trains adapters only, which stay small to fetch', 'Set trainer.lora, e.g. to {}.')
  if (config.labelSmoothing > 0)
    refuse(
      'labelSmoothing',
      'cannot smooth labels: TRL’s DPO loss has not followed it since 0.29',
      'Set it to 0, or train by `embedded`.',
    )
  if (config.continuationMask)
    refuse('continuationMask', 'has no grammar of replies', 'Set it to false, or train by `embedded`.')
  if (config.likelihoodWeight > 0 && config.method !== 'dpo' && config.method !== 'ipo')
    refuse('likelihoodWeight', `has no such term for ${config.method}`, 'Set it to 0, or use `dpo` or `ipo`.')
  if (config.method === 'kto' && config.batchSize < 2)
    refuse('batchSize', 'estimates the KL term of KTO within a batch of pairs', 'Set it to 2 or more.')
  for (const field of OWN_FIELDS)
    if (field in config.hosted.options)
      refuse(`hosted.options.${field}`, `sets ${field} of a job itself`, 'Leave it out.')
  const variable = keyVariableOf(config, HF_JOBS)
  const key = env[variable]?.trim() ?? ''
  if (key === '') problems.push(keyMissing(config, variable))
  else if (!/^hf_\S+$/.test(key)) problems.push(strangeKey(variable))
  return problems
}

const strangeKey = (variable: string): AttuneError =>
  new AttuneError('HUB_TOKEN_INVALID', 'config', `${variable} holds no access token of Hugging Face`, {
    key: 'trainer.hosted.keyFrom',
    hint: 'Tokens begin with hf_: make one at https://huggingface.co/settings/tokens.',
  })
