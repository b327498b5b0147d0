import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { ioError } from '../../common/files.js'
import { invalid } from '../../configs/invalid.js'
import { loadAnyPersonas, requireStructured } from '../../configs/load-personas.js'
import { loadWorld } from '../../configs/load-world.js'
import type { AnyPersona } from '../../configs/persona.js'
import { loadPrompts } from '../../configs/prompts.js'
import type { RaterConfig } from '../../configs/rater.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import { BUILT_IN } from '../../configs/run/simulator.js'
import type { RunConfig } from '../../configs/schema.js'
import { readRecords, writeRatings } from '../../datasets/parquet.js'
import { Budget } from '../../models/calls/budget.js'
import { LedgerSlot } from '../../models/calls/ledger.js'
import { checkEndpoint } from '../../models/endpoint/check-endpoint.js'
import { Endpoints } from '../live/endpoints.js'
import { readPlan } from '../live/stored-planner.js'
import { takeLock } from '../run/lock.js'
import { editedSince, inputsOf } from '../run/manifest.js'
import { type Manifest, readManifest } from '../run/read-manifest.js'
import type { RunFolder } from '../run/run-folder.js'
import { costOf, spentSoFar } from '../run/spent.js'
import { sweep } from '../run/sweep.js'
import { inLanes } from './in-lanes.js'
import { rateDay } from './rate-day.js'
import { raterUser } from './rater-user.js'
import { settleRater } from './settle-rater.js'

/** A day that another rater has been through. */
export interface RatedDay {
  arm: string
  persona: string
  day: number
  candidates: number
  /** Ratings that could not be had. */
  failures: number
  /** Days rated so far, and all that there are to rate. */
  done: number
  of: number
}

export interface RateRunOptions {
  folder: RunFolder
  rater: RaterConfig
  /** Ids; absent: all of the run. */
  personas?: readonly string[]
  /** Absent: all of the run. */
  arms?: readonly string[]
  /** Absent: all that were lived. */
  days?: ReadonlySet<number>
  onDay?: (rated: RatedDay) => void
  signal?: AbortSignal
}

interface Task {
  arm: string
  persona: AnyPersona
  day: number
}

/**
 * Has another rater rate the stored candidates of a run. Nothing is generated; days that it has rated already are not
 * rated again, and no call that was paid for is made twice.
 *
 * @throws AttuneError RUN_MISSING, RUN_DIFFERS, RATER_DIFFERS, NOTHING_TO_RATE, BUDGET_REACHED ...; the signal's reason
 *   when aborted, with every day rated so far kept
 */
export async function rateRun(options: RateRunOptions): Promise<void> {
  const { folder, rater, onDay = () => {}, signal } = options
  const manifest = readManifest(folder.manifest)
  const world = loadWorld()
  const personas = personasOf(manifest, options.personas, world)
  const asked = rater.rater !== BUILT_IN
  if (!asked) requireStructured(personas)
  const prompts = loadPrompts(rater.prompts)
  const problems = asked ? checkEndpoint(rater.rater, rater.models[rater.rater]!, process.env) : []
  if (problems.length > 0) throw invalid(problems)
  refuseEdited(folder, manifest, inputsOf(manifest.config, personas, world))
  const arms = new Map(
    (options.arms ?? Object.keys(manifest.config.arms)).map((arm) => [arm, resolveArm(manifest.config, arm)]),
  )
  const tasks = tasksOf(options, manifest.config, [...arms.keys()], personas)
  const release = await takeLock(folder.lock)
  try {
    await sweep(folder.root)
    const files = folder.rater(rater.name)
    await settleRater(files.config, rater, prompts.hash)
    const budget = new Budget(rater.budget, costOf(await spentSoFar([files.folder])))
    const endpoints = new Endpoints(rater.models, budget)
    const left = tasks.filter(
      ({ arm, persona, day }) => !existsSync(folder.ratedDay(rater.name, arm, persona.id, day).ratings),
    )
    let done = tasks.length - left.length
    const lanes = asked ? rater.models[rater.rater]!.limits.concurrent : 1
    const rate = async ({ arm, persona, day }: Task, stop: AbortSignal): Promise<void> => {
      const config = arms.get(arm)!
      const { ratings: file, calls } = folder.ratedDay(rater.name, arm, persona.id, day)
      await mkdir(dirname(file), { recursive: true }).catch((cause: unknown) => {
        throw ioError('write', dirname(file), cause)
      })
      const ledger = new LedgerSlot()
      const model = asked ? endpoints.model(rater.rater, 'rater', ledger) : null
      const plan = (which: number) => readPlan(folder.plannedDay(persona.id, which).plan)
      const planner = config.simulator.life === BUILT_IN ? null : { plan }
      const user = raterUser({ rater, persona, world, config, prompts, planner, model })
      const records = await readRecords(folder.day(arm, persona.id, day).records)
      if (asked) await ledger.open(calls)
      try {
        const ratings = await rateDay(user, day, records, stop)
        await writeRatings(file, ratings)
        const failures = ratings.filter(({ rating }) => rating === null).length
        done += 1
        onDay({ arm, persona: persona.id, day, candidates: ratings.length, failures, done, of: tasks.length })
      } finally {
        await ledger.close()
      }
    }
    await inLanes(left, lanes, rate, signal)
  } finally {
    await release()
  }
}

function personasOf(
  { config }: Manifest,
  named: readonly string[] | undefined,
  world: ReturnType<typeof loadWorld>,
): AnyPersona[] {
  const all = loadAnyPersonas(config.personas, world)
  const unknown = named?.find((id) => !all.some((persona) => persona.id === id))
  if (unknown !== undefined) {
    throw new AttuneError('PERSONA_UNKNOWN', 'config', `this run has no persona "${unknown}"`, {
      key: '--personas',
      hint: `Its personas: ${all.map(({ id }) => id).join(', ')}.`,
    })
  }
  return named ? all.filter(({ id }) => named.includes(id)) : all
}

/** A rater that knows another persona or another world than the run did does not rate the same thing. */
function refuseEdited(folder: RunFolder, manifest: Manifest, inputs: Record<string, string>): void {
  const edited = editedSince(manifest, inputs).filter((key) => key !== 'prompts')
  if (edited.length === 0) return
  throw new AttuneError(
    'RUN_DIFFERS',
    'config',
    'the run was made with other inputs than those that stand now',
    {
      file: folder.manifest,
      hint: 'Set them back to rate this run.',
      problems: edited.map(
        (key) => new AttuneError('RUN_DIFFERS', 'config', 'has been edited since this run began', { key }),
      ),
    },
  )
}

/** Days with records; those that are being lived still have none. */
function tasksOf(
  { folder, days }: RateRunOptions,
  config: RunConfig,
  arms: readonly string[],
  personas: readonly AnyPersona[],
): Task[] {
  const tasks = arms.flatMap((arm) =>
    personas.flatMap((persona) =>
      Array.from({ length: config.days }, (_, i) => ({ arm, persona, day: i + 1 })).filter(
        ({ day }) => (days?.has(day) ?? true) && existsSync(folder.day(arm, persona.id, day).records),
      ),
    ),
  )
  if (tasks.length > 0) return tasks
  throw new AttuneError('NOTHING_TO_RATE', 'usage', 'no day of this choice has been lived', {
    file: folder.root,
    hint: 'Choose others with --arms, --personas and --days, or live them first with `attune run`.',
  })
}
