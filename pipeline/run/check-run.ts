import { AttuneError } from '../../common/error.js'
import { invalid } from '../../configs/invalid.js'
import { loadAnyPersonas, requireStructured } from '../../configs/load-personas.js'
import { loadQuestions } from '../../configs/load-questions.js'
import { loadPrompts } from '../../configs/prompts.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import { BUILT_IN } from '../../configs/run/simulator.js'
import type { RunConfig } from '../../configs/schema.js'
import type { World } from '../../configs/load-world.js'
import type { AnyPersona } from '../../configs/persona.js'
import { checkEndpoint } from '../../models/endpoint/check-endpoint.js'
import { checkTrainer } from '../../trainers/check-trainer.js'
import { modelsAsked } from './crew.js'
import { sharedEndpoints } from './shared-endpoints.js'

/** References that any persona can be held against: their rule knows nothing of the user. */
const KNOW_NOTHING = new Set(['silent', 'always'])

/** What a look at a configuration found. */
export interface Inspection {
  /** Null where they could not be read. */
  personas: AnyPersona[] | null
  problems: AttuneError[]
}

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
  const { personas, problems } = inspectRun(config, world, env)
  if (problems.length > 0) throw invalid(problems)
  return personas!
}

/** As {@link checkRun}, but tells the problems, so that others can be told with them. */
export function inspectRun(config: RunConfig, world: World, env: NodeJS.ProcessEnv): Inspection {
  const problems: AttuneError[] = []
  const personas = gather(problems, () => loadAnyPersonas(config.personas, world))
  const arms = Object.keys(config.arms).map((name) => resolveArm(config, name).simulator)
  const builtIn = [config.simulator, ...arms].some(
    ({ life, rater }) => life === BUILT_IN || rater === BUILT_IN,
  )
  const structured = builtIn || config.references.some((policy) => !KNOW_NOTHING.has(policy))
  if (personas) problems.push(...sharedEndpoints(config, personas.length))
  if (personas && structured) gather(problems, () => requireStructured(personas))
  gather(problems, () => loadPrompts(config.prompts))
  const { questions } = config.evaluate
  if (questions !== null) gather(problems, () => loadQuestions(questions))
  problems.push(...modelsAsked(config).flatMap((name) => checkEndpoint(name, config.models[name]!, env)))
  const trainers = Object.keys(config.arms).map((name) => resolveArm(config, name).trainer)
  problems.push(...trainers.flatMap((trainer) => checkTrainer(trainer, env)))
  return { personas, problems }
}

/** What a check yields, or null with its problems added to the others. */
export function gather<T>(problems: AttuneError[], check: () => T): T | null {
  try {
    return check()
  } catch (error) {
    if (!AttuneError.is(error)) throw error
    problems.push(...(error.code === 'CONFIG_INVALID' ? (error.details.problems ?? [error]) : [error]))
    return null
  }
}
