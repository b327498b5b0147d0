import { invalid } from '../../configs/invalid.js'
import { loadAnyPersonas, requireStructured } from '../../configs/load-personas.js'
import { loadPrompts } from '../../configs/prompts.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import { BUILT_IN } from '../../configs/run/simulator.js'
import type { RunConfig } from '../../configs/schema.js'
import type { World } from '../../configs/load-world.js'
import type { AnyPersona } from '../../configs/persona.js'
import { checkEndpoint } from '../../models/endpoint/check-endpoint.js'
import { modelsAsked } from './crew.js'

/** References that any persona can be held against: their rule knows nothing of the user. */
const KNOW_NOTHING = new Set(['silent', 'always'])

/**
 * Everything that can be checked before a run begins: personas and what their user needs of them, prompts, endpoints and
 * their keys.
 *
 * @throws AttuneError CONFIG_INVALID with every problem
 */
export function checkRun(
  config: RunConfig,
  world: World,
  env: NodeJS.ProcessEnv = process.env,
): AnyPersona[] {
  const personas = loadAnyPersonas(config.personas, world)
  const arms = Object.keys(config.arms).map((name) => resolveArm(config, name).simulator)
  const builtIn = [config.simulator, ...arms].some(
    ({ life, rater }) => life === BUILT_IN || rater === BUILT_IN,
  )
  if (builtIn || config.references.some((policy) => !KNOW_NOTHING.has(policy))) requireStructured(personas)
  loadPrompts(config.prompts)
  const problems = modelsAsked(config).flatMap((name) => checkEndpoint(name, config.models[name]!, env))
  if (problems.length > 0) throw invalid(problems)
  return personas
}
