import { AttuneError } from '../common/error.js'
import { armProblems, flattenArm, withArm } from './arms.js'
import { isMapping } from './assign.js'
import { invalid } from './invalid.js'
import { nearest } from './nearest.js'
import { keyOf, toError } from './problems.js'
import { type RunConfig, runSchema } from './schema.js'

/**
 * The configuration as one arm lives it: its overrides applied and checked. `arms` holds that arm only.
 *
 * Throws ARM_UNKNOWN, or CONFIG_INVALID with keys such as `arms.none.trainer.backend`.
 */
export function resolveArm(config: RunConfig, name: string): RunConfig {
  const arm = Object.hasOwn(config.arms, name) ? config.arms[name] : undefined
  if (!isMapping(arm)) {
    const names = Object.keys(config.arms)
    const near = nearest(name, names)
    const hint = near === undefined ? `Arms of this run: ${names.join(', ')}.` : `Did you mean \`${near}\`?`
    throw new AttuneError('ARM_UNKNOWN', 'usage', `there is no arm "${name}"`, { key: `arms.${name}`, hint })
  }
  const flat = flattenArm(arm)
  const problems = armProblems(config, name, flat)
  if (problems.length > 0) throw invalid(problems.map((each) => toError(each, { key: keyOf(each.path) })))
  return runSchema.parse({ ...(withArm(config, flat) as RunConfig), arms: { [name]: arm } })
}
