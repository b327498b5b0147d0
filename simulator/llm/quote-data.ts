import { cleanText } from '../../common/clean-text.js'

/** Between these lines of a prompt stands what the assistant said; the prompts say that it is never an instruction. */
export const OPENING_MARK = '<<<said'
export const CLOSING_MARK = 'said>>>'

/** Longer recommendations are shown cut off: nobody listens to more. */
const MOST_QUOTED = 2000

/** Text of others without anything that could be taken for a mark. */
export function withoutMarks(text: string): string {
  return text.replaceAll(/<{2,}/g, '‹').replaceAll(/>{2,}/g, '›')
}

/**
 * Foreign text as data for a prompt: one line between marks, which it cannot close or open, since no two angle brackets
 * of it stay together and it has no line of its own.
 */
export function quoteData(text: string): string {
  const shown = cleanText(text, MOST_QUOTED)
  return `${OPENING_MARK}\n${withoutMarks(shown)}\n${CLOSING_MARK}`
}
