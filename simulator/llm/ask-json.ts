import type { z } from 'zod'
import type { Address } from '../../common/random.js'
import type { PromptText, Prompts } from '../../configs/prompts.js'
import type { ChatMessage, ChatModel, Choice, Sampling } from '../../models/chat-model.js'
import { jsonFormat } from './json-format.js'
import { readJson } from '../../common/read-json.js'

/** Of a reply that cannot be read, this much is shown to the model again. */
const MOST_SHOWN = 8000
const MOST_PROBLEM = 1000

export interface AskJson<T> {
  model: ChatModel
  prompt: PromptText
  /** Names the form for servers that enforce it: letters, digits, dash and underscore. */
  name: string
  /** What the reply has to be; a transform or refinement may check its sense and tell the model what is wrong. */
  schema: z.ZodType<T>
  sampling: Sampling
  /** Where the draws are; the attempt (0, or 1 for the repair) is put after it. */
  address: Address
  prompts: Prompts
  signal?: AbortSignal | undefined
}

/** What was asked for, or why it could not be read. */
export type Answer<T> = { value: T } | { problem: string }

/**
 * Asks a chat model for JSON. A reply that cannot be read, or does not fit the schema, is shown to the model once with
 * what is wrong (prompt `repair`), as further messages of the same conversation.
 *
 * @returns the last problem if the second reply cannot be read either
 * @throws what the model throws
 */
export async function askJson<T>(ask: AskJson<T>): Promise<Answer<T>> {
  const { prompt, prompts } = ask
  const conversation: ChatMessage[] = [
    ...(prompt.system === null ? [] : [{ role: 'system' as const, content: prompt.system }]),
    { role: 'user', content: prompt.user },
  ]
  const first = await say(ask, conversation, 0)
  const answer = readAnswer(first, ask.schema)
  if ('value' in answer) return answer
  const repair = prompts.fill('repair', { problem: answer.problem })
  const second = await say(
    ask,
    [
      ...conversation,
      // servers refuse a message without text
      { role: 'assistant', content: first.text.slice(0, MOST_SHOWN).trim() || '(nothing)' },
      { role: 'user', content: repair.user },
    ],
    1,
  )
  return readAnswer(second, ask.schema)
}

async function say<T>(ask: AskJson<T>, messages: ChatMessage[], attempt: number): Promise<Choice> {
  const { model, name, schema, sampling, address, signal } = ask
  const json = jsonFormat(name, schema)
  const request = { messages, n: 1, sampling, address: [...address, attempt], json }
  const [reply] = await model.generate([request], signal === undefined ? {} : { signal })
  return reply!.choices[0]!
}

function readAnswer<T>({ text, finishReason }: Choice, schema: z.ZodType<T>): Answer<T> {
  const read = readJson(text)
  if ('problem' in read) {
    return finishReason === 'length'
      ? { problem: `${read.problem}; the reply reached the most tokens allowed` }
      : read
  }
  const parsed = schema.safeParse(read.value)
  if (parsed.success) return { value: parsed.data }
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.length > 0 ? `${path.join('.')}: ` : ''}${plainly(message)}`,
  )
  return { problem: problems.join('; ').slice(0, MOST_PROBLEM) }
}

/** A key that is not there is no value of the wrong type. */
const plainly = (message: string): string =>
  message.replace(/^Invalid input: expected (.*), received undefined$/, 'missing, expected $1')
