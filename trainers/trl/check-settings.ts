import { accessSync, constants, statSync } from 'node:fs'
import { basename, delimiter, join, resolve } from 'node:path'
import { AttuneError } from '../../common/error.js'
import type { TrainerConfig } from '../../configs/schema.js'
import { cannot } from '../cannot.js'

/** What TRL cannot do of what the configuration asks, and a Python or prefix that is not there. */
export function checkTrl(config: TrainerConfig, env: NodeJS.ProcessEnv): AttuneError[] {
  const { method, trl } = config
  const problems: AttuneError[] = []
  const refuse = (when: boolean, key: string, why: string, hint: string): void => {
    if (when) problems.push(cannot(config, key, why, hint))
  }
  refuse(
    config.continuationMask,
    'continuationMask',
    'takes log-probabilities over the whole vocabulary',
    'Set it to false, or train by `embedded`.',
  )
  refuse(
    config.labelSmoothing > 0,
    'labelSmoothing',
    'has no conservative DPO since TRL 0.29',
    'Set it to 0, or train by `embedded`.',
  )
  refuse(
    config.likelihoodWeight > 0 && (method === 'kto' || method === 'sft'),
    'likelihoodWeight',
    `cannot add a likelihood term to ${method}`,
    'Set it to 0, or use the method `dpo` or `ipo`.',
  )
  refuse(
    method === 'kto' && config.batchSize < 2,
    'batchSize',
    'estimates the KL term of KTO within a batch, which needs two pairs or more',
    'Set it to 2 or more.',
  )
  refuse(
    trl.device === 'cpu' && trl.precision === 'fp16',
    'trl.precision',
    'cannot compute fp16 on a CPU',
    'Use `fp32` or `bf16`.',
  )
  refuse(
    process.platform === 'win32',
    'backend',
    'needs Linux or macOS to find a training again',
    'Use WSL, or train by `embedded`.',
  )
  const [first, ...rest] = trl.prefix
  const container = ['docker', 'podman'].includes(basename(first ?? ''))
  refuse(
    container && !rest.some((word) => /^-[a-z]*i[a-z]*$/.test(word) || word === '--interactive'),
    'trl.prefix',
    'gives the container its start by its input',
    'Add `-i` to the command.',
  )
  const program = first ?? trl.python
  if (!found(program, env)) problems.push(missing(first === undefined ? 'python' : 'prefix', program))
  return problems
}

function missing(key: string, program: string): AttuneError {
  const hint =
    key === 'python'
      ? 'Make an environment (`python3 -m venv .venv && .venv/bin/pip install trl peft`) and name its python.'
      : 'Install it, or correct its name.'
  return new AttuneError('TRAINER_PYTHON_MISSING', 'config', `there is no program ${program}`, {
    key: `trainer.trl.${key}`,
    hint,
  })
}

/** Whether a shell would find it: by its path, or by its name in `PATH`. */
function found(program: string, env: NodeJS.ProcessEnv): boolean {
  if (program.includes('/')) return executable(resolve(program))
  return (env['PATH'] ?? '').split(delimiter).some((folder) => executable(join(folder || '.', program)))
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
