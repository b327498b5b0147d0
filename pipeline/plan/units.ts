import { existsSync } from 'node:fs'
import type { RunConfig } from '../../configs/schema.js'
import { addSpend, NOTHING_SPENT, type Spend, spendOf } from '../../models/calls/spend.js'
import type { RunFolder } from '../run/run-folder.js'
import { readLedger } from '../../models/calls/read-ledger.js'
import { type DayCost, mapFigures, type Row } from './day-cost.js'
import type { Part } from './dry-run.js'

/** One persona-day of an arm or a reference, or its plan, as it is estimated. */
export interface Unit {
  part: Part
  persona: string
  day: number
  cost: DayCost
}

/** Everything that the whole run asks for. */
export function allUnits(config: RunConfig, personas: readonly string[], parts: readonly Part[]): Unit[] {
  return parts.flatMap((part) =>
    personas.flatMap((persona) =>
      Array.from({ length: config.days }, (_, i) => {
        const cost = part.days[Math.min(i, part.days.length - 1)]!
        return { part, persona, day: i + 1, cost }
      }),
    ),
  )
}

/**
 * What is not done yet: sealed days are gone, and what a day that was broken off has paid for is taken off.
 *
 * @throws AttuneError of kind `io`
 */
export async function unitsLeft(units: readonly Unit[], folder: RunFolder): Promise<Unit[]> {
  const left: Unit[] = []
  for (const unit of units) {
    const { seal, calls } = filesOf(unit, folder)
    if (existsSync(seal)) continue
    if (!existsSync(calls)) left.push(unit)
    else left.push({ ...unit, cost: await without(unit.cost, calls) })
  }
  return left
}

function filesOf({ part, persona, day }: Unit, folder: RunFolder): { seal: string; calls: string } {
  if (part.kind === 'plans') {
    const { plan, calls } = folder.plannedDay(persona, day)
    return { seal: plan, calls }
  }
  const files =
    part.kind === 'arm' ? folder.day(part.name, persona, day) : folder.referenceDay(part.name, persona, day)
  return { seal: files.metrics, calls: files.calls }
}

async function without({ rows, seconds }: DayCost, calls: string): Promise<DayCost> {
  const paid = new Map<string, Spend>()
  for (const entry of await readLedger(calls))
    paid.set(entry.role, addSpend(paid.get(entry.role) ?? NOTHING_SPENT, spendOf(entry)))
  // a role has one model within a day
  const rest = rows.map((row): Row => ({ ...row, ...share(row, paid.get(row.role)?.calls ?? 0) }))
  const callsOf = (all: readonly Row[]): number => all.reduce((sum, row) => sum + row.calls, 0)
  return { rows: rest, seconds: (seconds * callsOf(rest)) / Math.max(1, callsOf(rows)) }
}

function share(row: Row, paidCalls: number) {
  const left = row.calls > 0 ? Math.max(0, 1 - paidCalls / row.calls) : 0
  return mapFigures(row, (value) => left * value)
}
