import { parseDocument } from 'yaml'
import { AttuneError } from '../common/error.js'
import { type Assignment, assign, leavesOf } from './assign.js'
import type { Path } from './schema-node.js'

/** One `--set key=value`, taken apart. */
export interface Override {
  /** As given, e.g. `trainer.beta=0.2`. */
  readonly text: string
  /** The dotted key of the left side. */
  readonly key: string
  /** A mapping is merged leaf by leaf; everything else replaces. Keys of an arm stay dotted in one step. */
  readonly assignments: readonly Assignment[]
}

/** Takes `key=value` texts apart; the value is read as YAML. What cannot be read is collected as problems. */
export function parseOverrides(texts: readonly string[]): { overrides: Override[]; problems: AttuneError[] } {
  const overrides: Override[] = []
  const problems: AttuneError[] = []
  for (const text of texts) {
    const cut = text.indexOf('=')
    const key = text.slice(0, Math.max(0, cut)).trim()
    const steps = key.split('.')
    if (cut < 0 || steps.includes('')) {
      problems.push(unreadable(text, 'expected key=value with a dotted key'))
      continue
    }
    const document = parseDocument(text.slice(cut + 1), { prettyErrors: false })
    const [mistake] = document.errors
    if (mistake !== undefined) problems.push(unreadable(key, `the value is not YAML: ${mistake.message}`))
    else overrides.push({ text, key, assignments: leavesOf(steps, document.toJS()).map(dottedInArm) })
  }
  return { overrides, problems }
}

export function applyOverrides(value: unknown, overrides: readonly Override[]): unknown {
  return overrides.flatMap(({ assignments }) => assignments).reduce(assignLast, value)
}

/** Inside an arm later keys win over earlier ones, so an assignment goes to the end. */
function assignLast(value: unknown, assignment: Assignment): unknown {
  const { path } = assignment
  if (path.length !== 3 || path[0] !== 'arms') return assign(value, assignment)
  const before = assign(value, { path: path.slice(0, 2), value: {} }) as { arms: Record<string, object> }
  const arm = Object.entries(before.arms[String(path[1])] ?? {}).filter(([key]) => key !== path[2])
  return assign(before, {
    path: path.slice(0, 2),
    value: Object.fromEntries([...arm, [path[2], assignment.value]]),
  })
}

function dottedInArm(assignment: Assignment): Assignment {
  const [section, arm, ...rest] = assignment.path
  if (section !== 'arms' || arm === undefined || rest.length === 0) return assignment
  const path: Path = [section, arm, rest.join('.')]
  return { path, value: assignment.value }
}

function unreadable(key: string, message: string): AttuneError {
  const hint = 'For example: --set trainer.beta=0.2'
  return new AttuneError('CONFIG_OVERRIDE', 'usage', message, { file: '--set', key, hint })
}
