import type { RawChoice, RawReply } from './chat-reply.js'
import { UnusableAnswer } from './failure.js'

interface Chunk {
  choices?: {
    index?: number
    delta?: { content?: unknown; refusal?: unknown } | null
    finish_reason?: string | null
  }[]
  usage?: unknown
}

/**
 * Puts a streamed reply together, choices by their index.
 *
 * @throws UnusableAnswer when the stream ends before every choice has
 */
export async function readStream(chunks: AsyncIterable<unknown>): Promise<RawReply> {
  const choices = new Map<number, RawChoice>()
  let usage: unknown
  for await (const chunk of chunks) {
    const { choices: parts = [], usage: counted } = chunk as Chunk
    usage = counted ?? usage
    for (const { index = 0, delta, finish_reason } of parts) {
      const choice = choices.get(index) ?? { text: '', refusal: null, finishReason: null }
      if (typeof delta?.content === 'string') choice.text += delta.content
      if (typeof delta?.refusal === 'string') choice.refusal = (choice.refusal ?? '') + delta.refusal
      choice.finishReason = finish_reason ?? choice.finishReason
      choices.set(index, choice)
    }
  }
  if (choices.size === 0 || [...choices.values()].some(({ finishReason }) => finishReason === null))
    throw new UnusableAnswer('the stream broke off before the end of the reply')
  return {
    choices: [...choices].toSorted(([a], [b]) => a - b).map(([, choice]) => choice),
    usage,
  }
}
