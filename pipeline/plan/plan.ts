import { errorToJson } from '../../common/error-to-json.js'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { resolveArm } from '../../configs/resolve-arm.js'
import { BUILT_IN } from '../../configs/run/simulator.js'
import type { RunConfig } from '../../configs/schema.js'
import { totalSpend } from '../../models/calls/spend-by-role.js'
import { crewOf, modelsAsked } from '../run/crew.js'
import { RunFolder } from '../run/run-folder.js'
import { spentSoFar } from '../run/spent.js'
import { tasksOf } from '../run/tasks.js'
import { checkPlan } from './check-plan.js'
import { mapFigures, type Row, sumRows, totalOf } from './day-cost.js'
import type { Costs, Estimate } from './document.js'
import { dryRun, SAMPLED_DAYS } from './dry-run.js'
import { PRETEND_SLEEP, PRETEND_WAKE } from './pretend-reply.js'
import { boundsOf, criticalPath, schedule, stopOf } from './schedule.js'
import { allUnits, type Unit, unitsLeft } from './units.js'

export interface PlanOptions {
  config: RunConfig
  /** Folder of all runs. @default "runs" */
  runs?: string
  /** Share of the assistant's replies that say something, 0..1. @default 0.2 */
  speaks?: number
  /** Where keys are looked for. @default process.env */
  env?: NodeJS.ProcessEnv
}

/**
 * Checks a run and estimates what it asks of models behind endpoints: calls, tokens, price and time. Nothing is called,
 * and nothing is written but a temporary folder that is gone afterwards.
 *
 * @throws AttuneError CONFIG_INVALID with every problem, unless all that is wrong is that keys are missing; of kind `io`
 */
export async function plan(options: PlanOptions): Promise<Estimate> {
  const { config, runs = 'runs', speaks = 0.2, env = process.env } = options
  const folder = new RunFolder(resolve(join(runs, config.name)))
  const { world, personas, counters, keysMissing } = await checkPlan(config, folder, env)
  const ids = personas.map(({ id }) => id)
  const { sampled, parts } = await dryRun({ config, world, personas, counters, speaks })
  const units = allUnits(config, ids, parts)
  const left = await unitsLeft(units, folder)
  const spent = existsSync(folder.manifest) ? await spentOf(folder) : null
  const before = spent ? { ...spent, tokens: spent.promptTokens + spent.replyTokens } : NONE
  const done = schedule(config, ids, left)
  const asked = modelsAsked(config)
  return {
    format: 'attune-estimate/1',
    run: config.name,
    personas: ids.length,
    days: config.days,
    arms: Object.keys(config.arms),
    references: config.references,
    sampled: { personas: [...sampled], days: sampled.length > 0 ? Math.min(config.days, SAMPLED_DAYS) : 0 },
    assumed: {
      speaks,
      hoursAwake: config.simulator.life === BUILT_IN ? null : (PRETEND_SLEEP - PRETEND_WAKE) / 60,
      tokenizers: Object.fromEntries(asked.map((name) => [name, config.models[name]!.tokenizer])),
    },
    whole: costsOf(units, config),
    parts: parts.map((part) => {
      const rows = units.filter((unit) => unit.part === part).flatMap(({ cost }) => cost.rows)
      return { kind: part.kind, name: part.name, ...rounded(totalOf(rows)) }
    }),
    spent,
    left: costsOf(left, config),
    budget: { ...config.budget, stops: stopOf(config.budget, before, done) },
    time: parts.length === 0 ? null : timeOf(config, ids, left, done.at(-1)?.at ?? 0),
    uncounted: uncounted(config),
    keysMissing: keysMissing.map((error) => ({ ...errorToJson(error) })),
  }
}

const NONE = { calls: 0, tokens: 0, usd: 0 }

async function spentOf(folder: RunFolder): Promise<NonNullable<Estimate['spent']>> {
  const { calls, promptTokens, completionTokens, usd } = totalSpend(await spentSoFar(folder.lived))
  return { calls, promptTokens, replyTokens: completionTokens, usd }
}

function costsOf(units: readonly Unit[], { models }: RunConfig): Costs {
  const rows: Row[] = sumRows(units.flatMap(({ cost }) => cost.rows))
  return {
    roles: rows.map(({ role, entry, ...figures }) => {
      const { model, price } = models[entry]!
      return { role, entry, model, priced: price !== null, ...rounded(figures) }
    }),
    total: rounded(totalOf(rows)),
  }
}

/** Whole calls and tokens; money as it is. */
const rounded = (figures: Parameters<typeof mapFigures>[0]) =>
  mapFigures(figures, (value, key) => (key.startsWith('usd') ? value : Math.round(value)))

function timeOf(
  config: RunConfig,
  personas: readonly string[],
  left: readonly Unit[],
  lanesSeconds: number,
): NonNullable<Estimate['time']> {
  const limits = boundsOf(config, left)
  return {
    criticalPathSeconds: criticalPath(config, personas, left),
    lanes: Math.min(crewOf(config).lanes, tasksOf(config, personas).length),
    lanesSeconds,
    limits,
    atLeastSeconds: Math.max(lanesSeconds, ...limits.map(({ seconds }) => seconds)),
  }
}

function uncounted(config: RunConfig): string[] {
  const arms = Object.keys(config.arms).map((name) => ({ ...resolveArm(config, name), arm: name }))
  const here = arms
    .map(({ assistant }) => assistant.model)
    .filter((model) => !Object.hasOwn(config.models, model))
  const trainers = new Set(arms.map(({ trainer }) => trainer.backend).filter((backend) => backend !== 'none'))
  return [
    ...[...trainers].map((backend) => {
      const names = arms.filter(({ trainer }) => trainer.backend === backend).map(({ arm }) => arm)
      return `training at night (${backend}) of ${names.join(', ')}`
    }),
    ...[...new Set(here)].map((model) => `replies of ${model}, on this machine`),
  ]
}
