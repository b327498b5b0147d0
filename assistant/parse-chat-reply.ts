import { readJson } from '../common/read-json.js'
import { NO_RECOMMENDATION } from '../datasets/schema.js'
import { cleanText } from '../common/clean-text.js'
import type { ParsedReply } from './parse-reply.js'
import type { ReasonPlace } from './prompt/chat-format.js'

/** Longer recommendations are malformed, and longer malformed replies are cut: nobody listens to more. */
export const MOST_TEXT = 2000

/** What models write before their answer when the server leaves it in. */
const THOUGHT = /^\s*<think>[^]*?<\/think>/

/** A chat reply as it is meant; `reason` is empty where none was asked for. */
export type ParsedChatReply = ParsedReply & { reason: string }

/**
 * Reads a chat reply: one JSON object with a `recommendation`, and a `reason` if one was asked for. Code fences and text
 * around the object, a `<think>` block before it and further keys are passed over. `null` and `No Recommendation` as a
 * whole are silence, also where the latter is the whole reply. Anything else is malformed: `text` is then the raw reply,
 * without control characters and cut at {@link MOST_TEXT}. Never throws.
 */
export function parseChatReply(reply: string, reason: ReasonPlace): ParsedChatReply {
  const answer = reply.replace(THOUGHT, '')
  if (cleanText(answer, MOST_TEXT) === NO_RECOMMENDATION) return { text: null, malformed: false, reason: '' }
  const read = readJson(answer)
  const meant = 'value' in read ? meaningOf(read.value, reason) : null
  return meant ?? { text: cleanText(reply, MOST_TEXT), malformed: true, reason: '' }
}

function meaningOf(value: unknown, place: ReasonPlace): ParsedChatReply | null {
  const { recommendation, reason } = value as Record<string, unknown>
  if (place !== 'none' && typeof reason !== 'string') return null
  const why = typeof reason === 'string' && place !== 'none' ? cleanText(reason, MOST_TEXT) : ''
  if (recommendation === null) return { text: null, malformed: false, reason: why }
  if (typeof recommendation !== 'string' || recommendation.length > MOST_TEXT) return null
  const text = cleanText(recommendation, MOST_TEXT)
  if (text === NO_RECOMMENDATION) return { text: null, malformed: false, reason: why }
  return /\p{L}/u.test(text) ? { text, malformed: false, reason: why } : null
}
