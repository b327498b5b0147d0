import { availableParallelism } from 'node:os'
import { modelsOf } from '../../configs/check-roles.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import type { RunConfig } from '../../configs/schema.js'
import type { Crew } from './pool.js'

/** Entries of `models` that any arm of a run asks. */
export function modelsAsked(config: RunConfig): string[] {
  const arms = Object.keys(config.arms).map((name) => resolveArm(config, name))
  return [...new Set(arms.flatMap(modelsOf))]
}

/**
 * One process a core where the work is done here. Where models behind endpoints are asked, one process for all, so that
 * limits and budget hold over the whole run; it lives as many personas at once as calls may be under way.
 */
export function crewOf(config: RunConfig): Crew {
  const asked = modelsAsked(config).map((name) => config.models[name]!)
  if (asked.length === 0)
    return { workers: config.workers === 'auto' ? availableParallelism() : config.workers, lanes: 1 }
  const lanes = asked.reduce((sum, { limits }) => sum + limits.concurrent, 0)
  const stopMs = 1000 * (10 + Math.max(...asked.map(({ timeoutSeconds }) => timeoutSeconds)))
  return { workers: 1, lanes, stopMs }
}
