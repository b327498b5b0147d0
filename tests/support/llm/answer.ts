import { garble } from './faults.js'
import type { ChatBody, FullReply, LlmServerOptions } from './types.js'

const BLOCK = 64
export const tokensOf = (text: string): number => Math.ceil(text.length / 4)

export interface Answer {
  choices: { text: string | null; refusal: string | undefined; finishReason: string }[]
  usage: {
    prompt_tokens: number
    completion_tokens: number
    total_tokens: number
    prompt_tokens_details: { cached_tokens: number }
  }
}

/** Prompts seen before, in blocks of 16 tokens, as servers keep them. */
export class PrefixCache {
  readonly #seen = new Set<string>()

  /** Tokens of the longest prefix seen before; remembers this prompt. */
  cachedTokens(prompt: string): number {
    let cached = 0
    for (let end = BLOCK; end <= prompt.length; end += BLOCK) {
      const prefix = prompt.slice(0, end)
      if (this.#seen.has(prefix)) cached = end / 4
      else this.#seen.add(prefix)
    }
    return cached
  }
}

/** Has the model of the options speak. */
export async function answer(
  body: ChatBody,
  options: LlmServerOptions,
  cache: PrefixCache,
  malformed: boolean,
): Promise<Answer> {
  const n = options.supportsN === false ? 1 : (body.n ?? 1)
  const most = body.max_completion_tokens ?? body.max_tokens ?? Infinity
  const prompt = body.messages.map(({ role, content }) => `${role}\n${content}\n`).join('')
  const choices = []
  for (let i = 0; i < n; i++) {
    const said = await options.reply(body, i)
    choices.push(cut(typeof said === 'string' ? { text: said } : said, most, malformed))
  }
  const prompt_tokens = tokensOf(prompt)
  const completion_tokens = choices.reduce((sum, { text }) => sum + tokensOf(text ?? ''), 0)
  return {
    choices,
    usage: {
      prompt_tokens,
      completion_tokens,
      total_tokens: prompt_tokens + completion_tokens,
      prompt_tokens_details: { cached_tokens: cache.cachedTokens(prompt) },
    },
  }
}

function cut(reply: FullReply, most: number, malformed: boolean): Answer['choices'][number] {
  const { refusal } = reply
  const text = malformed && reply.text !== null ? garble(reply.text) : reply.text
  if (text !== null && tokensOf(text) > most)
    return { text: text.slice(0, most * 4), refusal, finishReason: reply.finishReason ?? 'length' }
  return { text, refusal, finishReason: reply.finishReason ?? 'stop' }
}

const created = 1_760_000_000

/** The body of a reply that comes at once. */
export function completion({ choices, usage }: Answer, { model }: ChatBody, withUsage: boolean): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created,
    model,
    choices: choices.map(({ text, refusal, finishReason }, index) => ({
      index,
      message: { role: 'assistant', content: text, refusal: refusal ?? null },
      logprobs: null,
      finish_reason: finishReason,
    })),
    ...(withUsage && { usage }),
  })
}

/** The events of a reply that grows, choices interleaved; the last is `[DONE]`. */
export function streamEvents({ choices, usage }: Answer, body: ChatBody, withUsage: boolean): string[] {
  const chunk = (fields: object): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created, model: body.model, ...fields })}\n\n`
  const delta = (index: number, delta: object, finish_reason: string | null = null): string =>
    chunk({ choices: [{ index, delta, logprobs: null, finish_reason }] })

  const events = choices.map((_, index) => delta(index, { role: 'assistant', content: '' }))
  const pieces = choices.map(({ text }) => text?.match(/[^]{1,7}/gu) ?? [])
  for (let k = 0; k < Math.max(...pieces.map(({ length }) => length)); k++) {
    for (const [index, of] of pieces.entries()) {
      if (of[k] !== undefined) events.push(delta(index, { content: of[k] }))
    }
  }
  for (const [index, { refusal, finishReason }] of choices.entries())
    events.push(delta(index, refusal === undefined ? {} : { refusal }, finishReason))
  if (withUsage && body.stream_options?.include_usage === true) events.push(chunk({ choices: [], usage }))
  return [...events, 'data: [DONE]\n\n']
}
