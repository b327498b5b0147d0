/** Turn the order of letters around: text could look different from what it is. */
const DIRECTION = /[\u202A-\u202E\u2066-\u2069]/g

/** Text on one line without control characters, at most `most` characters long. */
export function cleanLine(text: string, most: number): string {
  return text
    .slice(0, 4 * most)
    .replaceAll(DIRECTION, '')
    .replaceAll(/\p{Cs}/gu, '')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, most)
    .replace(/\p{Cs}$/u, '')
}
