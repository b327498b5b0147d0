const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[ -!#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/uy
const SPACE = /[ \t\r\n]*/y

type Awaited = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or ]' | ', or }' | 'the end'

/** Where a text stops being JSON. */
export interface JsonFault {
  /** From 1. */
  line: number
  /** What JSON has there. */
  expected: string
}

/** The first place at which a text is not JSON (RFC 8259), or undefined; JSON.parse does not tell it for every fault. */
export function jsonFault(text: string): JsonFault | undefined {
  const open: ('{' | '[')[] = []
  let awaited: Awaited = 'value'
  const after = (): Awaited => {
    const inner = open.at(-1)
    return inner === undefined ? 'the end' : inner === '{' ? ', or }' : ', or ]'
  }
  TOKEN.lastIndex = 0
  for (;;) {
    const start: number = TOKEN.lastIndex
    SPACE.lastIndex = start
    const rest: number = start + SPACE.exec(text)![0].length
    if (rest === text.length) return awaited === 'the end' ? undefined : faultAt(text, rest, awaited)
    const [, mark, string] = TOKEN.exec(text) ?? []
    if (TOKEN.lastIndex === 0) return faultAt(text, rest, awaited)
    const isKey: boolean = awaited === 'key' || awaited === 'key or }'
    const isValue: boolean = awaited === 'value' || awaited === 'value or ]'
    if (mark === undefined) {
      if (isKey && string !== undefined) awaited = ':'
      else if (isValue) awaited = after()
      else return faultAt(text, rest, awaited)
    } else if ((mark === '{' || mark === '[') && isValue) {
      open.push(mark)
      awaited = mark === '{' ? 'key or }' : 'value or ]'
    } else if (mark === '}' && (awaited === 'key or }' || awaited === ', or }')) {
      open.pop()
      awaited = after()
    } else if (mark === ']' && (awaited === 'value or ]' || awaited === ', or ]')) {
      open.pop()
      awaited = after()
    } else if (mark === ',' && awaited === ', or }') awaited = 'key'
    else if (mark === ',' && awaited === ', or ]') awaited = 'value'
    else if (mark === ':' && awaited === ':') awaited = 'value'
    else return faultAt(text, rest, awaited)
  }
}

function faultAt(text: string, offset: number, awaited: Awaited): JsonFault {
  const line = text.slice(0, offset).split('\n').length
  const names: Partial<Record<Awaited, string>> = {
    key: 'a key in double quotes',
    'key or }': 'a key in double quotes or }',
    value: 'a value',
    'value or ]': 'a value or ]',
  }
  return { line, expected: names[awaited] ?? awaited }
}
