import type { AttuneError } from '../common/error.js'
import { armClashes, armProblems, flattenArm } from './arms.js'
import { isMapping, isWithin } from './assign.js'
import { invalid } from './invalid.js'
import { applyOverrides, type Override, parseOverrides } from './overrides.js'
import { keyOf, type Place, type Problem, problemsOf, toError, valueAt } from './problems.js'
import { type RunConfig, runSchema } from './schema.js'
import { type Path, schemaTree } from './schema-node.js'
import { readYaml, type YamlSource } from './yaml-source.js'

/**
 * Reads the configuration of a run, applies `--set` overrides (`trainer.beta=0.2`, value in YAML, later ones
 * win) and checks it with every arm. All defaults are filled in; arms are flat mappings of dotted keys.
 *
 * Throws CONFIG_FILE_MISSING or CONFIG_FILE_UNREADABLE, and otherwise one CONFIG_INVALID whose
 * `details.problems` holds every problem of the file, the overrides and the arms.
 */
export function loadRunConfig(file: string, set: readonly string[] = []): RunConfig {
  const source = readYaml(file)
  const { overrides, problems: unreadable } = parseOverrides(set)
  if (source.value === undefined && source.problems.length > 0)
    throw invalid([...source.problems, ...unreadable], file)

  const config = applyOverrides(withFlatArms(source.value ?? undefined), overrides)
  const result = runSchema.safeParse(config)
  const found = result.success ? [] : problemsOf(result.error.issues, schemaTree(runSchema), config)
  const problems: AttuneError[] = [
    ...source.problems,
    ...unreadable,
    ...[...found, ...clashesOf(source.value), ...problemsOfArms(config)].map((problem) =>
      toError(problem, placeOf(problem, source, overrides)),
    ),
  ]
  if (!result.success || problems.length > 0) throw invalid(problems, file)
  return result.data
}

function armsOf(config: unknown): [string, Record<string, unknown>][] {
  if (!isMapping(config) || !isMapping(config.arms)) return []
  return Object.entries(config.arms).flatMap(([name, arm]) => (isMapping(arm) ? [[name, arm]] : []))
}

function withFlatArms(config: unknown): unknown {
  if (!isMapping(config) || !isMapping(config.arms)) return config
  const flat = Object.fromEntries(armsOf(config).map(([name, arm]) => [name, flattenArm(arm)]))
  return { ...config, arms: { ...config.arms, ...flat } }
}

function clashesOf(config: unknown): Problem[] {
  return armsOf(config).flatMap(([name, arm]) => armClashes(name, arm))
}

function problemsOfArms(config: unknown): Problem[] {
  return armsOf(config).flatMap(([name, arm]) => armProblems(config, name, arm))
}

/** A problem is told at the last `--set` that reaches it, else at its line in the file. */
function placeOf({ path, code }: Problem, source: YamlSource, overrides: readonly Override[]): Place {
  const parent = path.slice(0, -1)
  const madeBySet =
    code === 'CONFIG_KEY_MISSING' && parent.length > 0 && !isMapping(valueAt(source.value, parent))
  const reaching =
    overrides.findLast(({ assignments }) => assignments.some((each) => isWithin(path, each.path))) ??
    overrides.findLast(
      ({ assignments }) => path.length > 0 && assignments.some((each) => isWithin(each.path, path)),
    ) ??
    overrides.findLast(
      ({ assignments }) => madeBySet && assignments.some((each) => isWithin(each.path, parent)),
    )
  if (reaching !== undefined) {
    const key = keyOf(path)
    return { file: reaching.key === key ? '--set' : `--set ${reaching.key}`, key }
  }
  const line = source.lineOf(writtenPath(path, source.value))
  return { file: source.file, key: keyOf(path), ...(line !== undefined && { line }) }
}

/** The path in the file of a path with a flat arm key: `trainer.backend` may be written nested there. */
function writtenPath(path: Path, config: unknown): Path {
  const [section, name, key, ...inside] = path
  if (section !== 'arms' || typeof name !== 'string' || typeof key !== 'string') return path
  const written: string[] = []
  let here: unknown = armsOf(config).find(([each]) => each === name)?.[1]
  let rest = key
  while (isMapping(here) && rest !== '') {
    const left: string = rest
    const step = Object.keys(here)
      .filter((each) => left === each || left.startsWith(`${each}.`))
      .toSorted((a, b) => b.length - a.length)[0]
    if (step === undefined) break
    written.push(step)
    rest = rest.slice(step.length + 1)
    here = here[step]
  }
  return [section, name, ...written, ...(rest === '' ? inside : [])]
}
