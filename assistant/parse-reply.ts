import { NO_RECOMMENDATION } from '../datasets/schema.js'

/** A reply as it is meant: silence, words, or something that cannot be read. */
export interface ParsedReply {
  text: string | null
  malformed: boolean
}

/**
 * Reads a compact reply: `No Recommendation` as a whole is silence, a sentence of the catalogue is a
 * recommendation, anything else is malformed.
 * @param sentences null: every reply with a letter in it is a recommendation
 */
export function parseReply(reply: string, sentences: ReadonlyMap<string, unknown> | null): ParsedReply {
  const text = reply.trim()
  if (text === NO_RECOMMENDATION) return { text: null, malformed: false }
  return { text, malformed: sentences ? !sentences.has(text) : !/\p{L}/u.test(text) }
}
