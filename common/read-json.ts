/** Longer replies are not looked at: nothing that is asked for needs more characters. */
export const MOST_CHARACTERS = 65_536

/** What stands in a reply: a JSON object, or why there is none. */
export type ReadJson = { value: unknown } | { problem: string }

/** A brace that opens an object, not one in prose such as `{sic}`. */
const OPENING = /\{(?=\s*["}])/g
/** A string without an end takes the rest, or each quote in it would be tried anew. */
const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*(?:"(\s*:)?|\\?$)|[{}[\]]/g

/**
 * The one JSON object of a reply; code fences and text around it are passed over. Stricter than JSON.parse: a key that
 * stands twice is a problem, since it is unknown which of the two was meant.
 */
export function readJson(reply: string): ReadJson {
  if (reply.length > MOST_CHARACTERS) {
    return { problem: `the reply has ${reply.length} characters, more than ${MOST_CHARACTERS}` }
  }
  OPENING.lastIndex = 0
  const opening = OPENING.exec(reply)
  if (!opening) return { problem: 'there is no JSON object in the reply' }
  const found = scan(reply, opening.index)
  if ('problem' in found) return found
  OPENING.lastIndex = found.end
  if (OPENING.test(reply)) return { problem: 'there is more than one JSON object in the reply' }
  try {
    return { value: JSON.parse(reply.slice(opening.index, found.end)) as unknown }
  } catch (error) {
    return { problem: `the reply is not valid JSON: ${(error as SyntaxError).message.slice(0, 200)}` }
  }
}

/** Index after the object that begins at `start`. */
function scan(text: string, start: number): { end: number } | { problem: string } {
  const open: Set<string>[] = []
  TOKEN.lastIndex = start
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const token = match[0]
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') {
      open.pop()
      if (open.length === 0) return { end: TOKEN.lastIndex }
    } else if (match[1] !== undefined) {
      const key = token.slice(0, token.lastIndexOf('"') + 1)
      const plain = decoded(key)
      if (open.at(-1)!.has(plain)) return { problem: `the key ${key.slice(0, 60)} stands twice` }
      open.at(-1)!.add(plain)
    }
  }
  return { problem: 'the JSON object is cut off' }
}

/** `"\u0061"` and `"a"` are the same key. */
function decoded(key: string): string {
  try {
    return JSON.parse(key) as string
  } catch {
    return key
  }
}
