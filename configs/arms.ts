import { type Assignment, assign, isMapping, isWithin, leavesOf } from './assign.js'
import { dottedKeys } from './dotted-keys.js'
import { nearestKey } from './nearest-key.js'
import { type Problem, problemsOf } from './problems.js'
import { runSchema } from './schema.js'
import { type Path, schemaTree } from './schema-node.js'

/** What an arm may change; everything else is shared, so that arms live the same days. */
export const ARM_SECTIONS = ['simulator', 'assistant', 'pairs', 'trainer'] as const

/** Of these sections what stays the same all the same: who plans the days, and how. */
const SHARED_KEYS = ['simulator.life', 'simulator.llm.lifeTemperature', 'simulator.llm.hoursPerCall']

/** An arm's overrides, nested or dotted, as one flat mapping of dotted keys. */
export function flattenArm(arm: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    leavesOf([], arm).flatMap(({ path, value }) => (path.length === 0 ? [] : [[path.join('.'), value]])),
  )
}

/** Keys of an arm that are set more than once, nested and dotted, or inside one another. */
export function armClashes(name: string, arm: Record<string, unknown>): Problem[] {
  const leaves = leavesOf([], arm)
  return leaves.flatMap(({ path }, index): Problem[] => {
    const other = leaves
      .slice(0, index)
      .find((earlier) => isWithin(path, earlier.path) || isWithin(earlier.path, path))
    if (other === undefined) return []
    const hint = 'Set a key of an arm once, either nested or dotted.'
    const message = `also set by \`${other.path.join('.')}\` of this arm`
    return [{ code: 'CONFIG_ARM_KEY', path: ['arms', name, path.join('.')], message, hint }]
  })
}

/** The configuration with a flat arm's overrides put into it; not yet checked. */
export function withArm(config: unknown, arm: Record<string, unknown>): unknown {
  return armAssignments(arm).reduce(assign, config)
}

/**
 * What is wrong with a flat arm on top of `config`, which need not be valid itself: problems that the arm
 * touches or that the configuration alone does not have. Paths are `['arms', name, dotted key, ...]`.
 */
export function armProblems(config: unknown, name: string, arm: Record<string, unknown>): Problem[] {
  const tree = schemaTree(runSchema)
  const foreign = Object.keys(arm).filter(
    (key) => SHARED_KEYS.includes(key) || !ARM_SECTIONS.some((section) => key.split('.')[0] === section),
  )
  const own = Object.fromEntries(Object.entries(arm).filter(([key]) => !foreign.includes(key)))
  const changed = withArm(config, own)
  const found = problemsIn(changed)
  const alone = new Set(problemsIn(config).map((problem) => JSON.stringify(problem)))
  // An empty mapping is merged, so it touches nothing that stood there.
  const leaves = armAssignments(own).flatMap(({ path, value }) => (isMapping(value) ? [] : [path]))
  const touched = (path: Path) =>
    leaves.some((leaf) => isWithin(path, leaf) || (path.length > 0 && isWithin(leaf, path)))
  return [
    ...foreign.map((key) => foreignKey(name, key, dottedKeys(tree))),
    ...found
      .filter((problem) => touched(problem.path) || !alone.has(JSON.stringify(problem)))
      .map((problem) => ({ ...problem, path: armPath(name, problem.path) })),
  ]
}

function problemsIn(config: unknown): Problem[] {
  const result = runSchema.safeParse(config)
  return result.success ? [] : problemsOf(result.error.issues, schemaTree(runSchema), config)
}

function armAssignments(arm: Record<string, unknown>): Assignment[] {
  return Object.entries(arm).map(([key, value]) => ({ path: key.split('.'), value }))
}

/** Names stay one dotted step, list positions follow it. */
function armPath(name: string, path: Path): Path {
  const cut = path.findIndex((step) => typeof step === 'number')
  const keys = cut < 0 ? path : path.slice(0, cut)
  return ['arms', name, keys.join('.'), ...(cut < 0 ? [] : path.slice(cut))]
}

function foreignKey(name: string, key: string, known: readonly string[]): Problem {
  const path: Path = ['arms', name, key]
  const top = key.split('.')[0] ?? key
  if (known.includes(top)) {
    const hint = SHARED_KEYS.includes(key)
      ? `Arms live the same days; set \`${key}\` for the whole run.`
      : `An arm may change keys of ${ARM_SECTIONS.join(', ')}; set \`${key}\` for the whole run.`
    return { code: 'CONFIG_ARM_KEY', path, message: 'is the same for all arms of a run', hint }
  }
  const allowed = known.filter((each) => ARM_SECTIONS.some((section) => each.startsWith(`${section}.`)))
  const near = nearestKey(key, allowed)
  const hint =
    near === undefined
      ? `An arm may change keys of ${ARM_SECTIONS.join(', ')}, for example \`trainer.beta\`.`
      : `Did you mean \`${near}\`?`
  return { code: 'CONFIG_KEY_UNKNOWN', path, message: 'unknown key', hint }
}
