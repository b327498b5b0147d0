import { AttuneError } from '../../common/error.js'
import type { PreferencePair } from '../../datasets/schema.js'
import type { TrainerConfig } from '../../configs/schema.js'
import { cannot } from '../cannot.js'
import type { TrainingJob } from '../trainer.js'
import { chooseHardware, type Hardware, usdPerHour } from './hardware.js'

/** Characters of a token: no tokenizer of prose makes longer ones on average, and none shorter ones. */
const MOST_CHARACTERS = 8
const FEWEST_CHARACTERS = 2

export interface Findings {
  problems: AttuneError[]
  notes: string[]
}

/** A job starts from a model of the Hub, and goes on from an adapter that lies here. */
export function checkStart({ base, parent, parentDir, config }: TrainingJob): AttuneError[] {
  const problems: AttuneError[] = []
  if (!/^[\w.-]+\/[\w.-]+$/.test(base) || base.startsWith('.'))
    problems.push(
      cannot(
        config,
        'base',
        `has no model called ${base}: it loads models of the Hugging Face Hub`,
        'Set trainer.base, or assistant.model, to an id such as Qwen/Qwen2.5-0.5B-Instruct.',
      ),
    )
  if (parent !== null && (parent.kind !== 'adapter' || parentDir === null))
    problems.push(
      new AttuneError(
        'TRAINING_PARENT_MISMATCH',
        'trainer',
        `checkpoint ${parent.id} (${parent.kind}, trained by ${parent.trainer}) is no adapter that hf-jobs could go on from`,
        {
          hint: 'Keep trainer.backend and trainer.lora the same over all days of a run.',
          key: 'trainer.lora',
        },
      ),
    )
  return problems
}

/** Lengths by characters: the job itself counts tokens before its first step, and refuses what is too long. */
export function checkPairs(pairs: readonly PreferencePair[], config: TrainerConfig): Findings {
  const longest = (length: (pair: PreferencePair) => number): number =>
    pairs.reduce((most, pair) => Math.max(most, length(pair)), 0)
  const prompt = (pair: PreferencePair): number => (pair.system?.length ?? 0) + pair.prompt.length
  const whole = (pair: PreferencePair): number =>
    prompt(pair) + Math.max(pair.chosen.length, pair.rejected.length)
  const problems: AttuneError[] = []
  const notes: string[] = []
  for (const [key, length] of [
    ['maxPromptTokens', prompt],
    ['maxTokens', whole],
  ] as const) {
    const characters = longest(length)
    const limit = config[key]
    if (characters > limit * MOST_CHARACTERS)
      problems.push(
        new AttuneError(
          'PAIR_TOO_LONG',
          'trainer',
          `a pair has ${characters} characters, too many for ${limit} tokens`,
          { hint: 'Retrieve fewer memories, or raise the key.', key: `trainer.${key}` },
        ),
      )
    else if (characters > limit * FEWEST_CHARACTERS)
      notes.push(
        `the longest pair has ${characters} characters: the job counts tokens before it trains, and refuses more than ${limit} (trainer.${key})`,
      )
  }
  return { problems, notes }
}

export interface Machine extends Findings {
  flavor: string | null
  /** Price of an hour; null when it is not told. */
  hourly: number | null
  /** Price of the longest time that the job may take. */
  most: number | null
}

/** The hardware of a job and what it costs at most. */
export function chooseMachine(list: readonly Hardware[], config: TrainerConfig): Machine {
  const { hardware, usdPerHour: configured, timeoutMinutes } = config.hosted
  const chosen = chooseHardware(list, hardware)
  if (!chosen)
    return {
      flavor: null,
      hourly: null,
      most: null,
      notes: [],
      problems: [
        cannot(
          config,
          'hosted.hardware',
          hardware === null ? 'has no GPU now' : `has no hardware called ${hardware}`,
          `It has: ${list.map(({ name }) => name).join(', ')}.`,
        ),
      ],
    }
  const hourly = configured ?? usdPerHour(chosen)
  const most = hourly === null ? null : (hourly * timeoutMinutes) / 60
  const notes = [
    most === null
      ? `${chosen.name}, at a price that the service does not tell; set trainer.hosted.usdPerHour`
      : `${chosen.name} at $${hourly?.toFixed(2)} an hour: at most $${most.toFixed(2)}, after ${timeoutMinutes} minutes the service ends the job; what it will take is not known`,
  ]
  if (chosen.accelerator?.type !== 'gpu')
    notes.push(`${chosen.name} has no GPU: training will be slow, and its time is paid for`)
  return { flavor: chosen.name, hourly, most, problems: [], notes }
}
