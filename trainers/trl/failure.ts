import { existsSync, readFileSync } from 'node:fs'
import { AttuneError } from '../../common/error.js'
import type { TrainerConfig } from '../../configs/schema.js'
import type { Told } from './events.js'
import type { JobFolder } from './job-folder.js'

/** Lines and characters of stderr that a failure shows. */
const LINES = 12
const CHARACTERS = 1500

/** Ended before it was let begin, or because the other side of a prefix closed its input. */
const NO_START = 'exit code 75'

/** Why a training ended without weights, with the end of what Python said. */
export function failureOf(
  folder: JobFolder,
  { failed }: Told,
  exit: string | null,
  { trl }: TrainerConfig,
): AttuneError {
  const said = stderrTail(folder)
  const details = { file: folder.stderr }
  const how = exit === null ? 'no longer runs and left no weights' : `ended with ${exit}`
  const why = failed ? `: ${failed.message}` : ''
  const tail = said === '' ? '' : `\nlast of stderr:\n${said}`
  switch (failed?.code) {
    case 'PAIR_TOO_LONG':
      return new AttuneError('PAIR_TOO_LONG', 'trainer', failed.message, {
        hint: 'Raise the limit told, shorten the prompt’s memory, or leave such pairs out.',
      })
    case 'PAIR_EMPTY':
      return new AttuneError('PAIR_EMPTY', 'trainer', failed.message, { hint: 'Leave such pairs out.' })
    case 'DIVERGED':
      return new AttuneError('TRAINING_DIVERGED', 'trainer', failed.message, {
        hint: 'Lower trainer.learningRate, or set trainer.maxGradNorm to 1.',
        key: 'trainer.learningRate',
      })
  }
  return new AttuneError('TRAINING_FAILED', 'trainer', `the training by TRL ${how}${why}${tail}`, {
    ...details,
    hint: hintFor(failed?.code ?? '', said, exit, trl),
  })
}

function hintFor(code: string, said: string, exit: string | null, trl: TrainerConfig['trl']): string {
  const again = 'then run the same command again.'
  const install = `${[...trl.prefix, trl.python].join(' ')} -m pip install --upgrade trl peft`
  if (code === 'NO_MODULE' || code === 'OLD_TRL' || /No module named/.test(said))
    return `${install}, ${again}`
  if (code === 'STILL_RUNNING')
    return 'Wait for it, or end the python on the other side of trainer.trl.prefix; then run again.'
  if (code === 'NO_DEVICE') return `Correct trainer.trl.device, ${again}`
  if (code === 'NO_TEMPLATE')
    return 'Train a chat model (trainer.base), or use prompts without a system message.'
  if (/out of memory|OutOfMemory/i.test(said) || exit === 'signal SIGKILL')
    return `Memory ran out: lower trainer.batchSize or set trainer.trl.gradientCheckpointing, ${again}`
  if (exit === NO_START) return 'The prefix does not pass its input on to Python, e.g. docker run without -i.'
  return `Correct what it says, ${again}`
}

function stderrTail(folder: JobFolder): string {
  if (!existsSync(folder.stderr)) return ''
  const lines = readFileSync(folder.stderr, 'utf8').trimEnd().split('\n')
  return lines.slice(-LINES).join('\n').slice(-CHARACTERS)
}
