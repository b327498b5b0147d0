import { loadRunConfig } from '../../configs/load-run-config.js'
import { plan } from '../plan/plan.js'
import { planText } from '../plan/plan-text.js'
import { print } from './run-command.js'

export interface PlanCommandOptions {
  set: string[]
  runs: string
  speaks: number
  json: boolean
}

/**
 * `attune plan`: what a run would ask of models behind endpoints, and what it would cost. Exits with 2 where a run could
 * not begin.
 *
 * @throws AttuneError CONFIG_INVALID with every problem
 */
export async function planCommand(
  file: string,
  { set, runs, speaks, json }: PlanCommandOptions,
): Promise<void> {
  const estimate = await plan({ config: loadRunConfig(file, set), runs, speaks })
  await print(json ? `${JSON.stringify(estimate, null, 2)}\n` : `${planText(estimate)}\n`)
  if (estimate.keysMissing.length === 0) return
  process.exitCode = 2
  if (!json)
    process.stderr.write(
      `\nA run needs more:\n${estimate.keysMissing.map(({ message }) => `  ${message}\n`).join('')}`,
    )
}
