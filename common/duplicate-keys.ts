/**
 * The first key that stands twice in one object of a JSON text, where JSON.parse would keep the last in silence and
 * another reader the first; null when none does.
 *
 * @param text valid JSON
 */
export function duplicateKey(text: string): string | null {
  const open: (Set<string> | null)[] = []
  const token = /"(?:[^"\\]|\\.)*"(?=(\s*:)?)|[{}[\]]/gs
  for (const [found, colon] of text.matchAll(token)) {
    if (found === '{') open.push(new Set())
    else if (found === '[') open.push(null)
    else if (found === '}' || found === ']') open.pop()
    else if (colon !== undefined) {
      // "a" and "\u0061" are the same key
      const key = JSON.parse(found) as string
      const seen = open.at(-1)
      if (seen?.has(key)) return key
      seen?.add(key)
    }
  }
  return null
}
