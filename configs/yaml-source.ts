import { readFileSync } from 'node:fs'
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { AttuneError } from '../common/error.js'
import type { Path } from './schema-node.js'

/** A YAML document as plain data, with the lines its parts stand on. */
export interface YamlSource {
  /** As the user named it. */
  readonly file: string
  /** Undefined when the text is not YAML; `problems` then says why. */
  readonly value: unknown
  /** Syntax errors, duplicate keys, keys that are not plain names. */
  readonly problems: readonly AttuneError[]
  /** Line (from 1) of the key or item at `path`, or of the nearest part around it; undefined if none is in the file. */
  lineOf(path: Path): number | undefined
}

/** Reads a YAML file. Throws CONFIG_FILE_MISSING, CONFIG_FILE_UNREADABLE. */
export function readYaml(file: string): YamlSource {
  return parseYaml(readText(file), file)
}

/** Parses YAML 1.2; problems are collected, not thrown. */
export function parseYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false })
  const lineAt = (offset: number) => lines.linePos(offset).line
  // One slip can make every later line look wrong, so the first twenty are told.
  const syntax = [...document.errors, ...document.warnings].slice(0, 20).map(
    ({ message, pos }) =>
      new AttuneError('CONFIG_SYNTAX', 'config', `not valid YAML: ${message}`, {
        file,
        line: lineAt(pos[0]),
        hint: 'Check indentation, quotes and brackets on this line and the one before.',
      }),
  )
  const problems = syntax.length > 0 ? syntax : keyProblems(document.contents, file, lineAt)
  const readable = problems.every(({ code }) => code !== 'CONFIG_SYNTAX')
  const value = readable ? plainData(document, file, problems) : undefined
  return { file, value, problems, lineOf: (path) => lineOf(document, path, lineAt) }
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const hint = 'Check the path; it is taken from the folder in which attune was started.'
      throw new AttuneError('CONFIG_FILE_MISSING', 'config', 'there is no such file', { file, hint, cause })
    }
    const why =
      code === 'EISDIR'
        ? 'this is a folder, a YAML file is needed'
        : code === 'EACCES' || code === 'EPERM'
          ? 'the file may not be read by this user'
          : code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
            ? 'the file is not UTF-8 text'
            : 'the file cannot be read'
    throw new AttuneError('CONFIG_FILE_UNREADABLE', 'config', why, {
      file,
      hint: 'Name a readable YAML file.',
      cause,
    })
  }
}

function plainData(document: Document.Parsed, file: string, problems: AttuneError[]): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    problems.push(
      new AttuneError('CONFIG_SYNTAX', 'config', `not valid YAML: ${why}`, {
        file,
        hint: 'Write the values out instead of using anchors.',
      }),
    )
    return undefined
  }
}

/** Keys written twice and keys that are not plain names, anywhere below `node`. */
function keyProblems(
  root: unknown,
  file: string,
  lineAt: (offset: number) => number,
  path: readonly string[] = [],
): AttuneError[] {
  if (isSeq(root))
    return root.items.flatMap((item, index) => keyProblems(item, file, lineAt, [...path, String(index)]))
  if (!isMap(root)) return []
  const firstLine = new Map<string, number>()
  return root.items.flatMap((pair): AttuneError[] => {
    const line = lineAt((pair.key as Node).range?.[0] ?? 0)
    if (!isScalar(pair.key)) {
      const hint = 'Put quotes round a key that starts with a bracket or brace.'
      return [new AttuneError('CONFIG_SYNTAX', 'config', 'a key must be a plain name', { file, line, hint })]
    }
    const name = String(pair.key.value)
    const inside = [...path, name]
    const first = firstLine.get(name)
    const inner = keyProblems(pair.value, file, lineAt, inside)
    if (first === undefined) {
      firstLine.set(name, line)
      return inner
    }
    const message = `written twice, first on line ${first}`
    const details = { file, line, key: inside.join('.'), hint: 'Keep one of the two.' }
    return [new AttuneError('CONFIG_KEY_TWICE', 'config', message, details), ...inner]
  })
}

function lineOf(
  document: Document.Parsed,
  path: Path,
  lineAt: (offset: number) => number,
): number | undefined {
  let node: unknown = document.contents
  let offset = path.length === 0 ? document.contents?.range?.[0] : undefined
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
      if (pair === undefined) break
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
    } else break
  }
  return offset === undefined ? undefined : lineAt(offset)
}
