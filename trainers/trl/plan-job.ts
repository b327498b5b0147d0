import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { canonicalJson } from '../../common/canonical-json.js'
import { AttuneError } from '../../common/error.js'
import type { PreferencePair } from '../../datasets/schema.js'
import { Tokenizer } from '../../models/lm/tokenizer.js'
import { checkPairs } from '../embedded/token-pair.js'
import type { JobPlan, TrainingJob } from '../trainer.js'
import { localBase } from './job-folder.js'

/** Most problems told of one kind. */
const TOLD = 5

/**
 * What stands against a night before Python is started: a parent of another kind, pairs that are too long or empty by the
 * base's own tokenizer, system messages without a chat template. The script checks lengths once more, as TRL makes the
 * tokens, before its first step.
 */
export function planJob(job: TrainingJob): JobPlan {
  const problems = [...parentProblems(job)]
  const notes: string[] = []
  const base = localBase(job.base)
  const files = readTokenizer(base)
  const tokenizer = files && tokenizerOf(files)
  if (!tokenizer) {
    notes.push(`The tokenizer of ${job.base} is not at hand: lengths are checked once Python has loaded it.`)
  } else {
    const template = hasTemplate(base, files.tokenizerConfigJson)
    if (template)
      notes.push('Lengths are counted without the chat template; with it, once Python has loaded it.')
    else if (job.pairs.some(({ system }) => system !== null)) problems.push(templateMissing(job))
    problems.push(...pairProblems(job, tokenizer, maxPositions(base)))
  }
  return { problems, notes, usd: null }
}

/** An adapter goes on as the same kind of adapter, a whole model as a whole model. */
function parentProblems({ parent, parentDir, config }: TrainingJob): AttuneError[] {
  if (!parent) return []
  const mismatch = (why: string): AttuneError[] => [
    new AttuneError(
      'TRAINING_PARENT_MISMATCH',
      'trainer',
      `checkpoint ${parent.id} (${parent.kind}) cannot be trained on: ${why}`,
      { hint: 'Keep trainer.backend and trainer.lora the same over all days of a run.', key: 'trainer.lora' },
    ),
  ]
  if (parentDir === null) return mismatch('its weights are not here')
  if (parent.kind === 'full')
    return config.lora ? mismatch('it is a whole model, and trainer.lora is set') : []
  const { lora } = config
  if (!lora) return mismatch('it is an adapter, and trainer.lora is not set')
  if (!existsSync(join(parentDir, 'adapter_model.safetensors')))
    return mismatch(`there is no adapter_model.safetensors in ${parentDir}`)
  const file = join(parentDir, 'adapter_config.json')
  const shape = adapterShape.safeParse(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null).data
  const wanted = { r: lora.rank, lora_alpha: lora.alpha, target_modules: lora.modules.toSorted() }
  const found = shape && { ...shape, target_modules: shape.target_modules.toSorted() }
  return canonicalJson(found ?? null) === canonicalJson(wanted)
    ? []
    : mismatch(`its shape is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`)
}

const adapterShape = z.object({
  r: z.number(),
  lora_alpha: z.number(),
  target_modules: z.array(z.string()),
})

function pairProblems(
  { pairs, config }: TrainingJob,
  tokenizer: Tokenizer,
  positions: number,
): AttuneError[] {
  const problems: AttuneError[] = []
  const refused = new Set<string>()
  for (const pair of pairs) {
    const { persona, day, step } = pair
    const name = `pair of ${persona}, day ${day}, step ${step}`
    if (refused.has(name)) continue
    try {
      checkPairs([{ name, ...idsOf(pair, tokenizer), allowed: null }], config, positions)
    } catch (error) {
      if (!AttuneError.is(error)) throw error
      refused.add(name)
      problems.push(error)
      if (problems.length === TOLD) break
    }
  }
  return problems
}

function idsOf({ system, prompt, chosen, rejected }: PreferencePair, tokenizer: Tokenizer) {
  const before = system === null ? [] : tokenizer.encode(system)
  const reply = (text: string): number[] =>
    text === '' ? [] : [...tokenizer.encode(text), tokenizer.eosTokenId]
  return {
    prompt: [...before, ...tokenizer.encode(prompt)],
    chosen: reply(chosen),
    rejected: reply(rejected),
  }
}

function templateMissing({ base }: TrainingJob): AttuneError {
  return new AttuneError(
    'TRAINER_TEMPLATE_MISSING',
    'trainer',
    `pairs have system messages, but the tokenizer of ${base} has no chat template`,
    {
      hint: 'Train a chat model (trainer.base), or use prompts without a system message.',
      key: 'trainer.base',
    },
  )
}

interface TokenizerText {
  tokenizerJson: string
  tokenizerConfigJson: string
}

function readTokenizer(base: string): TokenizerText | null {
  const [json, config] = [join(base, 'tokenizer.json'), join(base, 'tokenizer_config.json')]
  if (!existsSync(json) || !existsSync(config)) return null
  return { tokenizerJson: readFileSync(json, 'utf8'), tokenizerConfigJson: readFileSync(config, 'utf8') }
}

/** Null for one that only Python can read. */
function tokenizerOf(files: TokenizerText): Tokenizer | null {
  try {
    return new Tokenizer(files)
  } catch (error) {
    if (AttuneError.is(error) && error.code === 'TOKENIZER_INVALID') return null
    throw error
  }
}

function hasTemplate(base: string, tokenizerConfigJson: string): boolean {
  const { chat_template: template }: { chat_template?: unknown } = JSON.parse(tokenizerConfigJson)
  return Boolean(template) || existsSync(join(base, 'chat_template.jinja'))
}

function maxPositions(base: string): number {
  const { max_position_embeddings: most }: { max_position_embeddings?: unknown } = JSON.parse(
    readFileSync(join(base, 'config.json'), 'utf8'),
  )
  return typeof most === 'number' ? most : Infinity
}
