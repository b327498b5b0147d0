import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { ioError } from '../../common/files.js'
import { invalid } from '../../configs/invalid.js'
import { requireStructured } from '../../configs/load-personas.js'
import { loadWorld, type World } from '../../configs/load-world.js'
import { loadPrompts, type Prompts } from '../../configs/prompts.js'
import type { RaterConfig } from '../../configs/rater.js'
import { BUILT_IN } from '../../configs/run/simulator.js'
import { readRecords, writeRatings } from '../../datasets/parquet.js'
import type { CandidateRating } from '../../datasets/tables/ratings.js'
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
import { type Choice, chosenDays, chosenPersonas, type LivedDay } from './choice.js'
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

export interface RateRunOptions extends Choice {
  folder: RunFolder
  rater: RaterConfig
  onDay?: (rated: RatedDay) => void
  signal?: AbortSignal
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
  const personas = chosenPersonas(manifest.config, options, world)
  const endpoint = rater.rater === BUILT_IN ? null : rater.models[rater.rater]!
  if (!endpoint) requireStructured(personas)
  const prompts = loadPrompts(rater.prompts)
  const problems = endpoint ? checkEndpoint(rater.rater, endpoint, process.env) : []
  if (problems.length > 0) throw invalid(problems)
  refuseEdited(folder, manifest, inputsOf(manifest.config, personas, world))
  const days = chosenDays(folder, manifest.config, personas, options)
  const release = await takeLock(folder.lock)
  try {
    await sweep(folder.root)
    const files = folder.rater(rater.name)
    await settleRater(files.config, rater, prompts.hash)
    const budget = new Budget(rater.budget, costOf(await spentSoFar([files.folder])))
    const endpoints = endpoint && new Endpoints(rater.models, budget)
    const left = days.filter(
      ({ arm, persona, day }) => !existsSync(folder.ratedDay(rater.name, arm, persona.id, day).ratings),
    )
    let done = days.length - left.length
    const rate = async (lived: LivedDay, stop: AbortSignal): Promise<void> => {
      const ratings = await rateLivedDay(lived, { folder, rater, world, prompts, endpoints }, stop)
      const failures = ratings.filter(({ rating }) => rating === null).length
      const { arm, persona, day } = lived
      done += 1
      onDay({ arm, persona: persona.id, day, candidates: ratings.length, failures, done, of: days.length })
    }
    await inLanes(left, endpoint?.limits.concurrent ?? 1, rate, signal)
  } finally {
    await release()
  }
}

interface RatingPlace {
  folder: RunFolder
  rater: RaterConfig
  world: World
  prompts: Prompts
  /** Null for the built-in rater. */
  endpoints: Endpoints | null
}

/** One day, from its records to its sealed ratings. */
async function rateLivedDay(
  { arm, config, persona, day }: LivedDay,
  { folder, endpoints, ...place }: RatingPlace,
  signal: AbortSignal,
): Promise<CandidateRating[]> {
  const { rater } = place
  const files = folder.ratedDay(rater.name, arm, persona.id, day)
  await mkdir(dirname(files.ratings), { recursive: true }).catch((cause: unknown) => {
    throw ioError('write', dirname(files.ratings), cause)
  })
  const ledger = new LedgerSlot()
  const model = endpoints?.model(rater.rater, 'rater', ledger) ?? null
  const plan = (which: number) => readPlan(folder.plannedDay(persona.id, which).plan)
  const planner = config.simulator.life === BUILT_IN ? null : { plan }
  const user = raterUser({ ...place, persona, config, planner, model })
  const records = await readRecords(folder.day(arm, persona.id, day).records)
  if (model) await ledger.open(files.calls)
  try {
    const ratings = await rateDay(user, day, records, signal)
    await writeRatings(files.ratings, ratings)
    return ratings
  } finally {
    await ledger.close()
  }
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
