/** Characters that turn the order of letters around, hide text (tags) or mark its beginning: never part of a sentence. */
const HIDDEN = /[\u202A-\u202E\u2066-\u2069\uFEFF\u{E0000}-\u{E007F}]/gu
const LONE_SURROGATE = /\p{Surrogate}/gu
/** Control characters that are no line break and no tab. */
const CONTROL = /(?![\n\t])\p{Cc}/gu

/** Text on one line without control characters, of at most `most` characters. */
export function cleanText(text: string, most: number): string {
  const clean = text
    // four times: what is taken out may be most of it
    .slice(0, 4 * most)
    .replaceAll(HIDDEN, '')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, most)
  return clean.replaceAll(LONE_SURROGATE, '\uFFFD')
}

/** Text as it is, lines and all, but without control characters, of at most `most` characters. */
export function cleanLines(text: string, most: number): string {
  return text.slice(0, most).replaceAll(CONTROL, '').replaceAll(LONE_SURROGATE, '\uFFFD').trim()
}
