import { AttuneError } from '../../common/error.js'
import type { PreferencePair } from '../../datasets/schema.js'
import type { TrainingJob } from '../trainer.js'

/** What a service takes as data. */
export interface DataLimits {
  service: string
  /** Fewest pairs of one job. */
  least: number
  /** Most bytes of one file; null: far more than a night has. */
  bytes?: number
  /** Longest pair of this model in tokens, as the service tells; null: it does not tell. */
  tokens: number | null
}

export interface DataFindings {
  problems: AttuneError[]
  notes: string[]
}

/** Characters of a token in English prose; the service's tokenizer is not at hand. */
const CHARACTERS = 4
/** Fewest characters of a token to reckon with, e.g. in names and numbers. */
const FEWEST_CHARACTERS = 2

/**
 * Holds a night's pairs against what a service takes, before anything is sent. Lengths are estimates of 4 characters a
 * token: a pair over a limit by this estimate is a problem, one that could be over it at 2 characters a note.
 */
export function checkData(job: TrainingJob, jsonl: string, limits: DataLimits): DataFindings {
  const { service, least, bytes, tokens } = limits
  const problems: AttuneError[] = []
  const notes: string[] = []
  const problem = (code: string, message: string, hint: string, key?: string): void =>
    void problems.push(new AttuneError(code, 'trainer', message, { hint, ...(key !== undefined && { key }) }))
  const { pairs, config } = job
  if (pairs.length < least)
    problem(
      'PAIRS_TOO_FEW',
      `${service} takes ${least} pairs or more in one job, and this night has ${pairs.length}`,
      'Raise pairs.replay.count, collect more a day, or lower pairs.minMargin.',
    )
  if (bytes !== undefined && Buffer.byteLength(jsonl) > bytes)
    problem('PAIRS_TOO_MANY', `${service} takes files of ${bytes} bytes at most`, 'Lower pairs.replay.count.')
  const empty = pairs.filter(({ prompt, chosen, rejected }) =>
    [prompt, chosen, rejected].some((s) => !s.trim()),
  )
  if (empty.length > 0)
    problem(
      'PAIR_EMPTY',
      `${told(empty)} without text in prompt or reply; ${service} refuses them`,
      'Remove them, or build the pairs again from the records.',
    )
  const longest: [string, number, (pair: PreferencePair, size: number) => number][] = [
    ['trainer.maxPromptTokens', config.maxPromptTokens, promptTokens],
    ['trainer.maxTokens', config.maxTokens, pairTokens],
    [`the limit of ${job.base} at ${service}`, tokens ?? Infinity, pairTokens],
  ]
  for (const [name, limit, length] of longest) {
    const over = pairs.filter((pair) => length(pair, CHARACTERS) > limit)
    const near = pairs.filter((pair) => length(pair, FEWEST_CHARACTERS) > limit)
    if (over.length > 0)
      problem(
        'PAIR_TOO_LONG',
        `${told(over)} longer than ${name} (${limit} tokens, at ${CHARACTERS} characters a token)`,
        `${service} would cut or drop what is too long for the model: retrieve fewer memories, or raise the key.`,
        ...(name.startsWith('trainer.') ? [name] : []),
      )
    else if (near.length > 0)
      notes.push(
        `${told(near)} near ${name} (${limit} tokens): lengths are estimates at ${CHARACTERS} characters a token, and ${service} cuts or drops what is longer than the model takes`,
      )
  }
  if (tokens === null)
    notes.push(
      `${service} does not tell how long a pair of ${job.base} may be: what is longer is cut or dropped there`,
    )
  return { problems, notes }
}

const promptTokens = ({ system, prompt }: PreferencePair, size: number): number =>
  Math.ceil(((system?.length ?? 0) + prompt.length) / size)

const pairTokens = (pair: PreferencePair, size: number): number =>
  promptTokens(pair, size) + Math.ceil(Math.max(pair.chosen.length, pair.rejected.length) / size)

function told(pairs: readonly PreferencePair[]): string {
  const [first] = pairs
  const where = `day ${first?.day} step ${first?.step}`
  return pairs.length === 1 ? `1 pair (${where}) is` : `${pairs.length} pairs (first: ${where}) are`
}
