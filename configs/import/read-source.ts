import { readFileSync } from 'node:fs'
import { AttuneError } from '../../common/error.js'
import { ioError } from '../../common/files.js'
import type { Path } from '../schema-node.js'
import { parseYaml } from '../yaml-source.js'
import { jsonFault } from './json-fault.js'

/** One mapping of a JSON or YAML file: the whole file, or an item of its list. */
export interface Source {
  file: string
  value: Readonly<Record<string, unknown>>
  /** Line (from 1) of a key of the mapping, as far as it is known. */
  lineOf(path: Path): number | undefined
}

/**
 * Those mappings of a `.json`, `.yaml` or `.yml` file that are wanted.
 *
 * @throws AttuneError FILE_READ_FAILED, and PERSONA_IMPORT_SYNTAX with the line for what is not JSON or YAML or has a
 *   key twice
 */
export function readSources(file: string, wanted: (value: Source['value']) => boolean): Source[] {
  const text = textOf(file)
  const isJson = /\.json$/i.test(file)
  // the YAML parser knows the lines, and is slow on the large files that stand beside scratch.json
  if (isJson && !mappingsIn(parseJson(text, file)).some((value) => value && wanted(value))) return []
  const yaml = parseYaml(text, file)
  const [problem] = yaml.problems
  if (problem) {
    const { key, line } = problem.details
    throw syntax(file, `${key === undefined ? '' : `\`${key}\` `}${problem.message}`, line)
  }
  const isList = Array.isArray(yaml.value)
  return mappingsIn(yaml.value).flatMap((value, index) =>
    value && wanted(value)
      ? [{ file, value, lineOf: (path) => yaml.lineOf(isList ? [index, ...path] : path) }]
      : [],
  )
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mappingsIn(value: unknown): (Source['value'] | undefined)[] {
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => (isRecord(item) ? item : undefined))
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    const { expected, line } = jsonFault(text) ?? { expected: 'JSON', line: 1 }
    throw syntax(file, `not valid JSON: expected ${expected}`, line, cause)
  }
}

function textOf(file: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    throw ioError('read', file, cause)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AttuneError('PERSONA_IMPORT_SYNTAX', 'data', 'the file is not UTF-8 text', {
      file,
      hint: 'Save it as UTF-8.',
      cause,
    })
  }
}

function syntax(file: string, message: string, line: number | undefined, cause?: unknown): AttuneError {
  return new AttuneError('PERSONA_IMPORT_SYNTAX', 'data', message, {
    file,
    ...(line !== undefined && { line }),
    hint: 'Check quotes, commas and brackets on this line and the one before.',
    ...(cause !== undefined && { cause }),
  })
}
