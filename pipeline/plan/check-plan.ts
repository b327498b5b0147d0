import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { invalid } from '../../configs/invalid.js'
import { loadWorld, type World } from '../../configs/load-world.js'
import type { AnyPersona } from '../../configs/persona.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import type { RunConfig } from '../../configs/schema.js'
import { baseFolder } from '../../models/base-folder.js'
import { tokenCounter } from '../../models/endpoint/count-tokens.js'
import { gather, inspectRun } from '../run/check-run.js'
import { modelsAsked } from '../run/crew.js'
import { checkManifest, refuseChanges } from '../run/manifest.js'
import { readManifest } from '../run/read-manifest.js'
import type { RunFolder } from '../run/run-folder.js'

/** What an estimate begins with. */
export interface Checked {
  world: World
  personas: AnyPersona[]
  /** Tokens of a text, by entry of `models`. */
  counters: Map<string, (text: string) => number>
  /** Keys that are not in the environment: a run needs them, an estimate does not. */
  keysMissing: AttuneError[]
}

const KEY_MISSING = new Set(['MODEL_KEY_MISSING', 'TRAINER_KEY_MISSING'])

/**
 * Everything that can be known to be wrong before a run, its folder included; writes nothing.
 *
 * @throws AttuneError CONFIG_INVALID with every problem, unless all that is wrong is that keys are missing
 */
export async function checkPlan(
  config: RunConfig,
  folder: RunFolder,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Checked> {
  const world = loadWorld()
  const { personas, problems } = inspectRun(config, world, env)
  const counters = new Map<string, (text: string) => number>()
  for (const name of modelsAsked(config)) {
    const count = gather(problems, () => tokenCounter(name, config.models[name]!))
    if (count) counters.set(name, count)
  }
  problems.push(...missingBases(config))
  if (personas) problems.push(...(await differences(folder, config, personas, world)))
  if (problems.some(({ code }) => !KEY_MISSING.has(code))) throw invalid(problems)
  return { world, personas: personas!, counters, keysMissing: problems }
}

/** Local models that any arm begins with and that have no weights. */
function missingBases(config: RunConfig): AttuneError[] {
  const arms = Object.keys(config.arms).map((name) => ({ name, ...resolveArm(config, name).assistant }))
  const local = arms.filter(({ model }) => !Object.hasOwn(config.models, model))
  const bases = new Map(local.map(({ model, name }) => [model, name]))
  return [...bases].flatMap(([model, arm]) => {
    if (existsSync(join(baseFolder(model), 'model.safetensors'))) return []
    const message = `there is no base model ${model}`
    return [
      new AttuneError('BASE_MISSING', 'config', message, {
        key: model === config.assistant.model ? 'assistant.model' : `arms.${arm}.assistant.model`,
        hint: '`nano`, a Hugging Face model folder with model.safetensors, or an entry of `models`.',
      }),
    ]
  })
}

/** What keeps the run that stands from being gone on with. */
async function differences(
  { manifest }: RunFolder,
  config: RunConfig,
  personas: readonly AnyPersona[],
  world: World,
): Promise<AttuneError[]> {
  if (!existsSync(manifest)) return []
  try {
    await checkManifest(manifest, config, personas, world)
    return []
  } catch (error) {
    if (!AttuneError.is(error)) throw error
    if (error.code === 'BASE_MISSING') return []
    if (!['CONFIG_INVALID', 'PROMPTS_MISSING'].includes(error.code)) return [error]
    // prompts that cannot be read are told already, and keys can be compared without them
    const problems: AttuneError[] = []
    gather(problems, () => refuseChanges(readManifest(manifest), config, {}, manifest))
    return problems
  }
}
