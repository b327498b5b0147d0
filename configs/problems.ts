import type { z } from 'zod'
import { AttuneError } from '../common/error.js'
import { describeType } from './describe-type.js'
import { nearestKey } from './nearest-key.js'
import { nearest } from './nearest.js'
import { dottedKeys } from './dotted-keys.js'
import { alternatives, keysAt, nodeAt, type Path, type SchemaNode } from './schema-node.js'

/** One thing wrong with a value, before it is known from which file or option the value came. */
export interface Problem {
  readonly code: 'CONFIG_KEY_UNKNOWN' | 'CONFIG_KEY_MISSING' | 'CONFIG_VALUE' | 'CONFIG_ARM_KEY'
  readonly path: Path
  readonly message: string
  readonly hint?: string
}

/** Where a problem is told to be. */
export interface Place {
  readonly file?: string
  readonly key?: string
  readonly line?: number
}

type Issue = z.core.$ZodIssue

/** What zod found in `value`, as problems in the words of the schema: one for every key. */
export function problemsOf(issues: readonly Issue[], tree: SchemaNode, value: unknown): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [], tree, value))
}

export function toError({ code, message, hint }: Problem, place: Place): AttuneError {
  return new AttuneError(code, 'config', message, { ...place, ...(hint !== undefined && { hint }) })
}

/** `['trainer', 'lora', 'modules', 0]` as `trainer.lora.modules[0]`. */
export function keyOf(path: Path): string {
  return path.reduce<string>((key, step) => {
    if (typeof step === 'number') return `${key}[${step}]`
    return key === '' ? step : `${key}.${step}`
  }, '')
}

/** The value at `path`, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  let inner = value
  for (const step of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, step)) return undefined
    inner = (inner as Record<string | number, unknown>)[step]
  }
  return inner
}

function problemsOfIssue(issue: Issue, above: Path, tree: SchemaNode, value: unknown): Problem[] {
  const path: Path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], tree))
  if (issue.code === 'invalid_union') {
    // The branch whose outer type fitted is the one that was meant.
    const meant = issue.errors.find(
      (branch) => branch.length > 0 && branch.every(({ path: inner }) => inner.length > 0),
    )
    if (meant !== undefined) return meant.flatMap((inner) => problemsOfIssue(inner, path, tree, value))
  }
  const found = valueAt(value, path)
  const node = nodeAt(tree, path)
  if (found === undefined && issue.code !== 'custom') return [missingKey(path, node)]
  if (issue.code === 'invalid_key') {
    const rule = issue.issues.map(({ message }) => message).join('; ')
    const hint = 'Rename it; quotes do not help.'
    return [
      { code: 'CONFIG_KEY_UNKNOWN', path, message: `this name may not be used as a key: ${rule}`, hint },
    ]
  }
  if (issue.code === 'custom')
    return [{ code: 'CONFIG_VALUE', path, message: issue.message, ...meaning(node) }]
  return [wrongValue(issue, path, node, found)]
}

function unknownKey(path: Path, tree: SchemaNode): Problem {
  const name = String(path.at(-1))
  const siblings = keysAt(tree, path.slice(0, -1))
  const near = nearest(name, siblings)
  const known = dottedKeys(tree)
  const elsewhere =
    path.length === 1 ? nearestKey(name, known) : known.find((key) => key.endsWith(`.${name}`))
  let hint = siblings.length === 0 ? 'Remove it.' : `Known keys here: ${siblings.join(', ')}.`
  if (name.includes('.') && known.includes(name)) hint = `Write it nested: \`${nested(name)}\`.`
  else if (near !== undefined) hint = `Did you mean \`${near}\`?`
  else if (elsewhere !== undefined) hint = `Did you mean \`${elsewhere}\`?`
  return { code: 'CONFIG_KEY_UNKNOWN', path, message: 'unknown key', hint }
}

function nested(key: string): string {
  const steps = key.split('.')
  return `${steps.join(': { ')}: ...${' }'.repeat(steps.length - 1)}`
}

function missingKey(path: Path, node: SchemaNode | undefined): Problem {
  const expected = node === undefined ? 'a value' : describeType(node)
  if (path.length === 0)
    return { code: 'CONFIG_VALUE', path, message: `the file is empty, expected ${expected}` }
  return { code: 'CONFIG_KEY_MISSING', path, message: `missing, expected ${expected}`, ...meaning(node) }
}

function wrongValue(issue: Issue, path: Path, node: SchemaNode | undefined, found: unknown): Problem {
  const named = issue.code === 'invalid_format' && !issue.message.startsWith('Invalid')
  const expected = named || node === undefined ? issue.message : describeType(node)
  const message = `expected ${expected}, found ${shown(found)}`
  if (found === null && node?.type === 'object') {
    return { code: 'CONFIG_VALUE', path, message, hint: 'Write `{}` where nothing is to be set.' }
  }
  if (typeof found !== 'string' || node === undefined) {
    return { code: 'CONFIG_VALUE', path, message, ...meaning(node) }
  }
  const near = nearest(found, alternatives(node).flatMap(names))
  if (near !== undefined) return { code: 'CONFIG_VALUE', path, message, hint: `Did you mean \`${near}\`?` }
  const numeric = alternatives(node).some(({ type }) => type === 'number' || type === 'integer')
  if (numeric && found.trim() !== '' && Number.isFinite(Number(found))) {
    return { code: 'CONFIG_VALUE', path, message, hint: 'Write the number without quotes.' }
  }
  return { code: 'CONFIG_VALUE', path, message, ...meaning(node) }
}

function names(node: SchemaNode): string[] {
  return [...(node.enum ?? []), node.const].filter((name) => typeof name === 'string')
}

function meaning(node: SchemaNode | undefined): { hint?: string } {
  return node?.description === undefined ? {} : { hint: `Meaning: ${node.description}` }
}

function shown(value: unknown): string {
  if (value === null) return 'nothing (null)'
  // JSON has no NaN and no infinity, YAML has.
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
