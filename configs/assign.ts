import type { Path } from './schema-node.js'

/** One value put at one path. */
export interface Assignment {
  readonly path: Path
  readonly value: unknown
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A mapping value as assignments of its leaves, so that it is merged and does not replace; lists, scalars,
 * null and the empty mapping are leaves. Dots inside keys separate steps.
 */
export function leavesOf(path: Path, value: unknown): Assignment[] {
  if (!isMapping(value) || Object.keys(value).length === 0) return [{ path, value }]
  return Object.entries(value).flatMap(([key, inner]) => leavesOf([...path, ...key.split('.')], inner))
}

/** A copy of `target` with the assignment made; whatever is no mapping on the way becomes one. */
export function assign(target: unknown, { path, value }: Assignment): unknown {
  const [step, ...rest] = path
  if (step === undefined) {
    const emptyMapping = isMapping(value) && Object.keys(value).length === 0
    return emptyMapping && isMapping(target) ? target : value
  }
  const base = isMapping(target) ? target : {}
  const inner = Object.hasOwn(base, step) ? base[step] : undefined
  return { ...base, [step]: assign(inner, { path: rest, value }) }
}

/** True when `path` lies at or below `above`. */
export function isWithin(path: Path, above: Path): boolean {
  return above.every((step, index) => path[index] === step)
}
