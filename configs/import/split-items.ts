const LEAD_IN_WORDS = 6

/** Text in one line, without spaces around it, control characters and halves of characters. */
export const tidy = (text: string): string => text.replaceAll(/[\s\p{Cc}\p{Cs}]+/gu, ' ').trim()

const item = (text: string): string =>
  tidy(text)
    .replace(/[.;,]+$/, '')
    .trim()

/**
 * The items of a list that was written as text: `1) ... 2) ...` in any of the usual forms, lines with or without
 * dashes, or parts between semicolons; other text is one item. A few words before the first number (`Ana enjoys 1) ...`)
 * only lead in and are left out; more words are an item of their own.
 */
export function splitItems(text: string): string[] {
  const numbered = byNumbers(text)
  const parts = numbered ?? text.split(/\n+|;\s/).map((line) => line.replace(/^\s*[-*•]\s+/, ''))
  return parts.map(item).filter(Boolean)
}

/** Numbers count only in sequence from 1, so that `7.` of a time is none. */
function byNumbers(text: string): string[] | undefined {
  const marks: { start: number; end: number }[] = []
  for (const match of text.matchAll(/(?<=^|[\s,;.])\(?(\d{1,2})[).:](?=\s)\s*/g)) {
    if (Number(match[1]) === marks.length + 1)
      marks.push({ start: match.index, end: match.index + match[0].length })
  }
  if (marks.length === 0) return undefined
  const leadIn = text.slice(0, marks[0]!.start)
  const kept = tidy(leadIn).split(' ').length > LEAD_IN_WORDS ? [leadIn] : []
  return [...kept, ...marks.map(({ end }, i) => text.slice(end, marks[i + 1]?.start))]
}
