import type { BudgetConfig, RunConfig } from '../../configs/schema.js'
import { crewOf } from '../run/crew.js'
import { tasksOf } from '../run/tasks.js'
import { sumRows, totalOf } from './day-cost.js'
import type { Unit } from './units.js'

/** A unit and when it is done, in seconds of waiting for replies from the start. */
export interface DoneUnit {
  unit: Unit
  at: number
}

interface Lane {
  at: number
  persona: string
  /** Still to be lived. */
  days: Unit[]
}

/**
 * When each unit is done if every call takes its usual time and no limit of a server holds it up: tasks go through the
 * lanes of a run in their order, a persona's days one after the other, each once its plan is there.
 */
export function schedule(
  config: RunConfig,
  personas: readonly string[],
  units: readonly Unit[],
  lanes = crewOf(config).lanes,
): DoneUnit[] {
  const keyOf = ({ part: { kind, name }, persona }: Unit): string => [kind, name, persona].join('\0')
  const chains = groupBy(units, keyOf)
  const planned = new Map<string, number>()
  const done: DoneUnit[] = []
  const queue = tasksOf(config, personas).map(({ kind, arm, persona }) => ({
    persona,
    days: chains.get([kind, arm, persona].join('\0')) ?? [],
  }))
  const plans = (persona: string): Unit[] => chains.get(['plans', 'plans', persona].join('\0')) ?? []
  const working = Array.from({ length: Math.min(lanes, queue.length) }, (): Lane => ({
    at: 0,
    persona: '',
    days: [],
  }))
  for (;;) {
    for (const lane of working) {
      while (lane.days.length === 0) {
        const task = queue.shift()
        if (!task) break
        lane.persona = task.persona
        lane.days = [...task.days]
      }
    }
    const lane = working.reduce<Lane | null>(
      (first, each) => (each.days.length > 0 && !(first && first.at <= each.at) ? each : first),
      null,
    )
    if (!lane) return done.toSorted((a, b) => a.at - b.at)
    const unit = lane.days.shift()!
    for (const plan of plans(lane.persona).filter(({ day }) => day <= unit.day)) {
      const key = `${lane.persona} ${plan.day}`
      if (!planned.has(key)) {
        planned.set(key, lane.at + plan.cost.seconds)
        done.push({ unit: plan, at: lane.at + plan.cost.seconds })
      }
      lane.at = Math.max(lane.at, planned.get(key)!)
    }
    lane.at += unit.cost.seconds
    done.push({ unit, at: lane.at })
  }
}

/** Seconds of the longest chain of days that wait for each other: what a run takes at least, whatever its limits. */
export function criticalPath(config: RunConfig, personas: readonly string[], units: readonly Unit[]): number {
  return schedule(config, personas, units, Infinity).at(-1)?.at ?? 0
}

export interface Bound {
  entry: string
  by: 'concurrent' | 'requestsPerMinute' | 'tokensPerMinute'
  seconds: number
}

/** What the limits of each entry alone would let all calls take. */
export function boundsOf({ models }: RunConfig, units: readonly Unit[]): Bound[] {
  const rows = sumRows(units.flatMap(({ cost }) => cost.rows))
  return [...new Set(rows.map(({ entry }) => entry))].flatMap((entry) => {
    const { limits, latencySeconds } = models[entry]!
    const { requests, promptTokens, replyTokens } = totalOf(rows.filter((row) => row.entry === entry))
    const { concurrent, requestsPerMinute, tokensPerMinute } = limits
    const bounds: Bound[] = [{ entry, by: 'concurrent', seconds: (requests * latencySeconds) / concurrent }]
    if (requestsPerMinute !== null)
      bounds.push({ entry, by: 'requestsPerMinute', seconds: (60 * requests) / requestsPerMinute })
    if (tokensPerMinute !== null)
      bounds.push({
        entry,
        by: 'tokensPerMinute',
        seconds: (60 * (promptTokens + replyTokens)) / tokensPerMinute,
      })
    return bounds
  })
}

export interface Stop {
  by: keyof BudgetConfig
  day: number
  done: number
  of: number
}

/** Where a budget ends the run, about: the first unit that would pass a cap; null where it holds. */
export function stopOf(
  budget: BudgetConfig,
  spent: { calls: number; tokens: number; usd: number },
  done: readonly DoneUnit[],
): Stop | null {
  const sum = { ...spent }
  const lived = done.filter(({ unit }) => unit.part.kind !== 'plans').length
  let sealed = 0
  for (const { unit } of done) {
    const { calls, promptTokens, replyTokens, usd } = totalOf(unit.cost.rows)
    sum.calls += calls
    sum.tokens += promptTokens + replyTokens
    sum.usd += usd
    const by = (['usd', 'calls', 'tokens'] as const).find((cap) => sum[cap] > (budget[cap] ?? Infinity))
    if (by) return { by, day: unit.day, done: sealed, of: lived }
    if (unit.part.kind !== 'plans') sealed++
  }
  return null
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
