import { AttuneError } from '../../common/error.js'
import type { Choice, GenerateReply, GenerateRequest } from '../chat-model.js'
import { estimatePrompt, estimateTokens } from './chat-request.js'
import { UnusableAnswer } from './failure.js'

/** One choice as the server gave it, at once or grown. */
export interface RawChoice {
  text: string | null
  refusal: string | null
  finishReason: string | null
}

export interface RawReply {
  choices: RawChoice[]
  usage: unknown
}

/**
 * Reads the body of a chat completion.
 *
 * @throws UnusableAnswer when it is something else
 */
export function readCompletion(body: unknown): RawReply {
  const { choices, usage } = asObject(body)
  if (!Array.isArray(choices) || choices.length === 0)
    throw new UnusableAnswer('the answer is no chat completion in JSON, or was cut')
  return {
    choices: choices
      .map(asObject)
      .toSorted((a, b) => Number(a['index'] ?? 0) - Number(b['index'] ?? 0))
      .map(({ message, finish_reason }) => {
        const { content, refusal } = asObject(message)
        return { text: contentOf(content), refusal: textOf(refusal), finishReason: textOf(finish_reason) }
      }),
    usage,
  }
}

/**
 * The reply in attune's terms. Where the server does not count, tokens are estimated; where it counts all choices
 * together, each gets its share by length.
 *
 * @throws AttuneError MODEL_REFUSED when a choice has no text
 */
export function toReply(named: string, raw: RawReply, request: GenerateRequest): GenerateReply {
  const choices = raw.choices.map((choice) => toChoice(named, choice, request))
  const { prompt_tokens, completion_tokens, prompt_tokens_details } = asObject(raw.usage)
  const cached = countOf(asObject(prompt_tokens_details)['cached_tokens'])
  const completionTokens = countOf(completion_tokens)
  return {
    choices: completionTokens === undefined ? choices : shareOut(choices, completionTokens),
    promptTokens: countOf(prompt_tokens) ?? estimatePrompt(request),
    ...(cached !== undefined && { cachedTokens: cached }),
  }
}

function toChoice(
  named: string,
  { text, refusal, finishReason }: RawChoice,
  request: GenerateRequest,
): Choice {
  if (text !== null && text !== '' && !refusal && finishReason !== 'content_filter') {
    return {
      text,
      finishReason: finishReason === 'length' ? 'length' : 'stop',
      completionTokens: estimateTokens(text),
    }
  }
  if (finishReason === 'length') {
    throw new AttuneError('MODEL_REFUSED', 'model', `${named} used up its tokens without a word of reply`, {
      hint: `a model that thinks first needs more than ${request.sampling.maxTokens} tokens: raise the most tokens of this role, or turn thinking off in \`body\``,
    })
  }
  const why =
    refusal || (finishReason === 'content_filter' ? 'its content filter stepped in' : 'the reply is empty')
  throw new AttuneError('MODEL_REFUSED', 'model', `${named} gave no text: ${why}`, {
    hint: 'change the prompt of this role, or use another model',
  })
}

function shareOut(choices: Choice[], total: number): Choice[] {
  const characters = choices.reduce((sum, { text }) => sum + text.length, 0)
  let before = 0
  let given = 0
  return choices.map((choice) => {
    before += choice.text.length
    const completionTokens = Math.round((total * before) / characters) - given
    given += completionTokens
    return { ...choice, completionTokens }
  })
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Text, or the text among the parts of which some servers make it (the others are thoughts). */
function contentOf(content: unknown): string | null {
  if (!Array.isArray(content)) return textOf(content)
  return content.map((part) => textOf(asObject(part)['text']) ?? '').join('')
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}
