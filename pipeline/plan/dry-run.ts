import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { modelsOf } from '../../configs/check-roles.js'
import type { World } from '../../configs/load-world.js'
import type { AnyPersona } from '../../configs/persona.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import { BUILT_IN } from '../../configs/run/simulator.js'
import type { RunConfig } from '../../configs/schema.js'
import { ROLES, type Role } from '../../models/calls/call-entry.js'
import { HashingEmbedder } from '../../models/embedding/hashing.js'
import type { StandIns } from '../live/endpoints.js'
import { TaskRunner } from '../run/do-task.js'
import { RunFolder } from '../run/run-folder.js'
import { type Task, tasksOf } from '../run/tasks.js'
import { type DayCost, sumRows } from './day-cost.js'
import { paidRows } from './paid-rows.js'
import { PretendModel, pretendLocal } from './pretend-model.js'
import type { PretendHabits } from './pretend-reply.js'
import { VirtualClock } from './virtual-clock.js'

/** On day 2 the memory is filled; it stands for all later ones. */
export const SAMPLED_DAYS = 2
const MOST_PERSONAS = 3
/** Steps that are pretended, so that it takes seconds. */
const MOST_STEPS = 10_000
const SECONDS_AWAKE = 16 * 3600

/** What is lived for itself: days of an arm or a reference, or the plans that all of them live. */
export interface Part {
  kind: 'plans' | 'arm' | 'reference'
  name: string
  /** Cost of day 1, and of any later day: means over the personas sampled. */
  days: readonly DayCost[]
}

export interface DryRun {
  /** Ids. */
  sampled: readonly string[]
  parts: readonly Part[]
}

export interface DryRunOptions extends PretendHabits {
  config: RunConfig
  world: World
  personas: readonly AnyPersona[]
  /** Tokens of a text, by entry of `models`. */
  counters: ReadonlyMap<string, (text: string) => number>
}

/**
 * Lives the first days of a few personas through the code of a real run, in a temporary folder, with models that only
 * count. Nothing is called or trained, and no model is loaded.
 *
 * @throws AttuneError of kind `io`
 */
export async function dryRun(options: DryRunOptions): Promise<DryRun> {
  const { config } = options
  const names = paidParts(config)
  const sampled = sampleOf(options.personas, stepsOf(config, names.length))
  if (names.length === 0) return { sampled: [], parts: [] }
  const root = await mkdtemp(join(tmpdir(), 'attune-plan-'))
  try {
    return { sampled: sampled.map(({ id }) => id), parts: await live(root, options, sampled, names) }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function live(
  root: string,
  { config: real, world, counters, speaks }: DryRunOptions,
  personas: readonly AnyPersona[],
  names: readonly Pick<Task, 'kind' | 'arm'>[],
): Promise<Part[]> {
  const config = untrained(real)
  const clock = new VirtualClock()
  const longest = new Map<string, number>()
  const chat = (name: string): PretendModel => {
    const { severalReplies, latencySeconds } = config.models[name]!
    const count = counters.get(name)!
    const roles = rolesOf(config, name)
    return new PretendModel(name, { count, speaks, severalReplies, latencySeconds, clock, roles, longest })
  }
  const standIns: StandIns = {
    chat,
    local: (replies) => pretendLocal(replies, { speaks }),
    embedder: () => new HashingEmbedder(),
    trains: (arm) => resolveArm(real, arm).trainer.backend !== 'none',
  }
  const runner = new TaskRunner({ root, config, world, personas }, standIns)
  const folder = new RunFolder(root)
  const days = Array.from({ length: config.days }, (_, i) => i + 1)
  const rows = (file: string) => paidRows(file, config.models, longest)

  const plans: DayCost[][] = []
  const parts = names.map((name) => ({ ...name, lived: [] as DayCost[][] }))
  for (const { id: persona } of personas) {
    for (const { kind, arm, lived } of parts) {
      await runner.run({ kind, arm, persona }, () => {})
      // texts that are new to an embedder come evenly over the days
      const vectors = kind === 'arm' ? sumRows(await rows(folder.vectors(arm, persona)), 1 / config.days) : []
      const costs = days.map(async (day) => {
        const files = kind === 'arm' ? folder.day(arm, persona, day) : folder.referenceDay(arm, persona, day)
        return { rows: [...(await rows(files.calls)), ...vectors], seconds: clock.take(day, 'live') }
      })
      lived.push(await Promise.all(costs))
    }
    const planned = days.map(async (day) => ({
      rows: await rows(folder.plannedDay(persona, day).calls),
      seconds: clock.take(day, 'plan'),
    }))
    plans.push(await Promise.all(planned))
  }
  const life = { kind: 'plans', name: 'plans', days: meanDays(plans) } as const
  return [
    ...(config.simulator.life === BUILT_IN ? [] : [life]),
    ...parts.map(({ kind, arm, lived }): Part => ({ kind, name: arm, days: meanDays(lived) })),
  ]
}

/** Arms and references in which anybody behind an endpoint is asked. */
function paidParts(config: RunConfig): Pick<Task, 'kind' | 'arm'>[] {
  const user = [config.simulator.life, config.simulator.rater].some((name) => name !== BUILT_IN)
  return tasksOf(config, ['']).filter(({ kind, arm }) =>
    kind === 'arm' ? modelsOf(resolveArm(config, arm)).length > 0 : user,
  )
}

function stepsOf({ simulator, days }: RunConfig, parts: number): number {
  return parts * Math.min(days, SAMPLED_DAYS) * (SECONDS_AWAKE / simulator.stepSeconds)
}

/** Spread evenly over all personas. */
function sampleOf(personas: readonly AnyPersona[], steps: number): AnyPersona[] {
  const most = Math.max(1, Math.min(MOST_PERSONAS, Math.floor(MOST_STEPS / Math.max(1, steps))))
  const n = Math.min(most, personas.length)
  return Array.from({ length: n }, (_, i) => personas[Math.floor((i * personas.length) / n)]!)
}

/** The same run without training and without a cap, for the first days; ledgers name entries in place of models. */
function untrained(config: RunConfig): RunConfig {
  const arms = Object.entries(config.arms).map(([name, arm]) => {
    const kept = Object.entries(arm).filter(([key]) => !key.startsWith('trainer.'))
    return [name, Object.fromEntries(kept)]
  })
  const models = Object.entries(config.models).map(([name, entry]) => [name, { ...entry, model: name }])
  return {
    ...config,
    models: Object.fromEntries(models) as RunConfig['models'],
    days: Math.min(config.days, SAMPLED_DAYS),
    trainer: { ...config.trainer, backend: 'none' },
    budget: { usd: null, calls: null, tokens: null },
    arms: Object.fromEntries(arms) as RunConfig['arms'],
  }
}

function rolesOf(config: RunConfig, name: string): Role[] {
  const settings = [config, ...Object.keys(config.arms).map((arm) => resolveArm(config, arm))]
  const asks: Partial<Record<Role, (config: RunConfig) => string>> = {
    life: ({ simulator }) => simulator.life,
    rater: ({ simulator }) => simulator.rater,
    assistant: ({ assistant }) => assistant.model,
    embedder: ({ assistant }) => assistant.memory.embedder,
  }
  return ROLES.filter((role) => settings.some((each) => asks[role]?.(each) === name))
}

function meanDays(lived: readonly DayCost[][]): DayCost[] {
  return (lived[0] ?? []).map((_, day) => {
    const costs = lived.map((days) => days[day]!)
    const seconds = costs.reduce((sum, cost) => sum + cost.seconds, 0) / costs.length
    return {
      rows: sumRows(
        costs.flatMap(({ rows }) => rows),
        1 / costs.length,
      ),
      seconds,
    }
  })
}
