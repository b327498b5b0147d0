import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import { ioError, writeJsonAtomic } from '../../common/files.js'
import type { LedgerSlot } from '../../models/calls/ledger.js'
import type { DayPlanner, PlannedDay } from '../../simulator/day-planner.js'
import type { LlmPlanner } from '../../simulator/llm/llm-planner.js'
import type { CallOptions } from '../../simulator/user-agent.js'

const planSchema = z.object({
  format: z.literal('attune-plan/1'),
  weekday: z.int(),
  wake: z.number(),
  sleep: z.number(),
  outline: z.array(z.string()),
  actions: z.array(
    z.object({
      start: z.number(),
      end: z.number(),
      activity: z.string(),
      action: z.string(),
      room: z.string(),
    }),
  ),
})

/** Files of one planned day. */
export interface PlanFiles {
  plan: string
  calls: string
}

/**
 * The days that a language model planned for a persona: each is asked for once, stored, and lived by all arms, which so
 * meet the same days.
 */
export class StoredPlanner implements DayPlanner {
  readonly #days = new Map<number, Promise<PlannedDay>>()
  #writing: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly writer: Pick<LlmPlanner, 'write'>,
    private readonly ledger: LedgerSlot,
    private readonly files: (day: number) => PlanFiles,
  ) {}

  /** @throws AttuneError PLAN_UNREADABLE, PLAN_INVALID, and what the model throws */
  plan(day: number, options: CallOptions = {}): Promise<PlannedDay> {
    let planned = this.#days.get(day)
    if (!planned) {
      planned = this.#plan(day, options)
      this.#days.set(day, planned)
      // one that failed may be asked for again
      planned.catch(() => this.#days.delete(day))
    }
    return planned
  }

  async #plan(day: number, options: CallOptions): Promise<PlannedDay> {
    const { plan } = this.files(day)
    if (existsSync(plan)) return readPlan(plan)
    const yesterday = day > 1 ? await this.plan(day - 1, options) : null
    const done = this.#writing.then(() => this.#write(day, yesterday, options))
    // one ledger at a time
    this.#writing = done.catch(() => undefined)
    return done
  }

  async #write(day: number, yesterday: PlannedDay | null, options: CallOptions): Promise<PlannedDay> {
    const { plan, calls } = this.files(day)
    await mkdir(dirname(plan), { recursive: true }).catch((cause: unknown) => {
      throw ioError('write', dirname(plan), cause)
    })
    await this.ledger.open(calls)
    try {
      const planned = await this.writer.write(day, yesterday, options)
      await writeJsonAtomic(plan, { format: 'attune-plan/1', ...planned })
      return planned
    } finally {
      await this.ledger.close()
    }
  }
}

/** A day that was planned before. @throws AttuneError PLAN_INVALID */
export async function readPlan(file: string): Promise<PlannedDay> {
  try {
    const { format: _, ...planned } = planSchema.parse(JSON.parse(await readFile(file, 'utf8')))
    return planned
  } catch (cause) {
    throw new AttuneError('PLAN_INVALID', 'data', 'this is no complete plan of a day', {
      file,
      hint: 'Delete it and run again: it is made again from the replies in calls.jsonl, which are not paid twice.',
      cause,
    })
  }
}
