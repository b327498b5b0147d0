import { loadQuestions } from '../../configs/load-questions.js'
import type { Prompts } from '../../configs/prompts.js'
import type { RunConfig } from '../../configs/schema.js'
import { baseFolder } from '../../models/base-folder.js'
import { loadHeldOut } from '../../models/held-out.js'
import { type AskOptions, byPerplexity, byQuestions, type MeasureRetention } from '../stages/retention.js'

export interface CreateRetentionOptions {
  /** That of the arm. */
  config: RunConfig
  /** Id. */
  persona: string
  prompts: Prompts
  serve: AskOptions['serve']
  /** Null in a dry run, in which no model is loaded. */
  here: (<T>(work: () => Promise<T>) => Promise<T>) | null
}

/**
 * What is measured after each night of an arm that trains: questions where they are told, else perplexity of a model
 * folder of this machine; null: nothing.
 *
 * @throws AttuneError QUESTIONS_INVALID, HELD_OUT_INVALID
 */
export async function createRetention(options: CreateRetentionOptions): Promise<MeasureRetention | null> {
  const { config, persona, prompts, serve, here } = options
  const { assistant, evaluate, models, seed } = config
  if (!evaluate.retention) return null
  if (evaluate.questions !== null && assistant.prompt === 'chat') {
    const questions = loadQuestions(evaluate.questions).slice(0, evaluate.count)
    const maxTokens = assistant.maxTokens ?? MOST_TOKENS
    return byQuestions({ serve, questions, prompts, address: [seed, persona], maxTokens })
  }
  if (here === null || Object.hasOwn(models, assistant.model)) return null
  const base = baseFolder(assistant.model)
  const texts = await loadHeldOut(evaluate.text, base)
  if (texts === null) return null
  const measure = byPerplexity(base, texts)
  return (stored, at) => here(() => measure(stored, at))
}

/** Of an answer: one letter, but some models think before it. */
const MOST_TOKENS = 256
