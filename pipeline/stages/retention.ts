import { loadCheckpointWeights } from '../../checkpoints/load-weights.js'
import { AttuneError } from '../../common/error.js'
import type { Address } from '../../common/random.js'
import { LETTERS, type Letter, type Question } from '../../configs/load-questions.js'
import type { Prompts } from '../../configs/prompts.js'
import type { ChatMessage, ChatModel, GenerateRequest } from '../../models/chat-model.js'
import { perplexity } from '../../models/lm/perplexity.js'
import type { StoredCheckpoint } from './train-night.js'

/** What a model has kept of its language after a night. */
export interface Retention {
  /** Perplexity of held-out text (from 1, lower is better), or share of questions answered rightly (0 to 1). */
  measure: 'perplexity' | 'questions'
  /** null: no question was answered. */
  value: number | null
  /** The same of the base model, measured on the first day only. */
  base: number | null
  /** Texts, or questions asked. */
  n: number
  /** Questions that the server did not answer: in no share. */
  failures: number
}

/** Measures one model; null: the base. */
export type MeasureRetention = (
  stored: StoredCheckpoint | null,
  at: { day: number; signal?: AbortSignal | undefined },
) => Promise<Omit<Retention, 'base'>>

/** What a night has left, beside the base on the first day. */
export async function retentionAfter(
  measure: MeasureRetention,
  stored: StoredCheckpoint | null,
  at: { day: number; signal?: AbortSignal | undefined },
): Promise<Retention> {
  const after = await measure(stored, at)
  const base = at.day === 1 ? (await measure(null, at)).value : null
  return { ...after, base }
}

/** By perplexity of `texts`, in this process. @param base absolute folder of the base model */
export function byPerplexity(base: string, texts: readonly string[]): MeasureRetention {
  return async (stored) => ({
    measure: 'perplexity',
    value: await perplexity(await loadCheckpointWeights(base, stored), texts),
    n: texts.length,
    failures: 0,
  })
}

export interface AskOptions {
  serve: (stored: StoredCheckpoint | null) => Promise<ChatModel>
  questions: readonly Question[]
  prompts: Prompts
  /** Seed and persona. */
  address: Address
  /** Most tokens of an answer: some models think before it. */
  maxTokens: number
}

const OUTAGES = new Set(['MODEL_REFUSED', 'MODEL_UNREACHABLE'])

/** By multiple-choice questions that the served model is asked, greedily. */
export function byQuestions(options: AskOptions): MeasureRetention {
  const { serve, questions } = options
  return async (stored, { day, signal }) => {
    const model = await serve(stored)
    const id = stored?.checkpoint.id ?? 'base'
    const requests = questions.map((question, i) => requestFor(question, [day, 'retention', id, i], options))
    const outcomes = await Promise.allSettled(
      requests.map((request) => model.generate([request], signal ? { signal } : {})),
    )
    await model.close()
    let right = 0
    let failures = 0
    outcomes.forEach((outcome, i) => {
      if (outcome.status === 'fulfilled')
        right += Number(letterOf(outcome.value[0]!.choices[0]!.text) === questions[i]!.answer)
      else if (AttuneError.is(outcome.reason) && OUTAGES.has(outcome.reason.code)) failures++
      else throw outcome.reason
    })
    const answered = questions.length - failures
    const value = answered > 0 ? right / answered : null
    return { measure: 'questions', value, n: questions.length, failures }
  }
}

function requestFor(
  { question, choices }: Question,
  place: Address,
  { prompts, address, maxTokens }: AskOptions,
): GenerateRequest {
  const listed = choices.map((choice, i) => `${LETTERS[i]}. ${choice}`).join('\n')
  const { system, user } = prompts.fill('multiple-choice', { question, choices: listed })
  const messages: ChatMessage[] = [{ role: 'user', content: user }]
  if (system !== null) messages.unshift({ role: 'system', content: system })
  return {
    messages,
    n: 1,
    sampling: { temperature: 0, minP: 0, maxTokens },
    address: [...address, ...place],
    json: {
      name: 'answer',
      schema: {
        type: 'object',
        properties: { answer: { type: 'string', enum: [...LETTERS] } },
        required: ['answer'],
        additionalProperties: false,
      },
    },
  }
}

/** The letter of an answer in JSON, or else the last one that stands alone; null: none. */
export function letterOf(reply: string): Letter | null {
  const [, named] = /"answer"\s*:\s*"\s*([A-D])\b/i.exec(reply) ?? []
  const letter = named ?? reply.match(/(?<![\p{L}\p{N}'’])[A-D](?![\p{L}\p{N}'’])/gu)?.at(-1)
  return LETTERS.find((each) => each === letter?.toUpperCase()) ?? null
}
