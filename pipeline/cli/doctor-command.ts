import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { loadPersonas } from '../../configs/load-personas.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { loadWorld } from '../../configs/load-world.js'
import { AttuneError } from '../../common/error.js'
import { baseFolder } from '../../models/base-folder.js'
import { reachEndpoint } from '../../models/endpoint/reach-endpoint.js'
import { openLocalModel } from '../../models/local.js'
import { versions } from '../run/versions.js'
import { print } from './run-command.js'

interface Check {
  name: string
  ok: boolean
  found: string
}

export interface DoctorCommandOptions {
  json: boolean
  /** Configuration whose `models` are looked at too. */
  config?: string
}

/**
 * `attune doctor`: versions, machine, personas, and whether the base model really speaks here; with a configuration also
 * whether its endpoints answer, without a call that costs.
 *
 * @throws AttuneError CONFIG_INVALID
 */
export async function doctorCommand({ json, config }: DoctorCommandOptions): Promise<void> {
  const models = Object.entries(config === undefined ? {} : loadRunConfig(config).models)
  const checks: Check[] = [
    ...Object.entries(versions()).map(([name, found]) => ({ name, ok: true, found })),
    {
      name: 'machine',
      ok: true,
      found: `${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    },
    await check('personas', async () => `${loadPersonas('all', loadWorld()).length} valid`),
    await check('base model', speaks),
    ...(await Promise.all(
      models.map(async ([name, entry]) => ({
        name: `models.${name}`,
        ...(await reachEndpoint(name, entry)),
      })),
    )),
  ]
  const width = Math.max(18, ...checks.map(({ name }) => name.length))
  if (json) await print(`${JSON.stringify(checks, null, 2)}\n`)
  else
    await print(
      `${checks.map(({ name, ok, found }) => `${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(width)} ${found}`).join('\n')}\n`,
    )
  if (checks.some(({ ok }) => !ok)) process.exitCode = 1
}

async function check(name: string, work: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, found: await work() }
  } catch (error) {
    return {
      name,
      ok: false,
      found: AttuneError.is(error) ? `${error.message} (${error.code})` : String(error),
    }
  }
}

async function speaks(): Promise<string> {
  const model = await openLocalModel(join(baseFolder('nano')))
  const content = 'monday morning 09h 00m kitchen : making coffee . last never h0 t0 =>'
  const sampling = { temperature: 0, minP: 0, maxTokens: 24 }
  const [reply] = await model.generate([
    { messages: [{ role: 'user', content }], n: 1, sampling, address: ['doctor'] },
  ])
  await model.close()
  return `nano says "${reply!.choices[0]!.text}"`
}
