import { existsSync, readdirSync } from 'node:fs'
import { AttuneError } from '../../../common/error.js'
import { OWN_RATER, type RaterConfig } from '../../../configs/rater.js'
import { readRatings, readRecords } from '../../../datasets/parquet.js'
import type { RatedCandidate, RatedRecord } from '../../../datasets/schema.js'
import { totalSpend } from '../../../models/calls/spend-by-role.js'
import { readRater } from '../../rate/settle-rater.js'
import type { RunFolder } from '../../run/run-folder.js'
import { spentSoFar } from '../../run/spent.js'
import type { Bootstrap } from '../bootstrap.js'
import type { Agreements, RaterReport } from '../document.js'
import type { LivedRun } from '../read-run.js'
import { type Outcome, Tally } from './tally.js'

/** All, spoken and silent candidates of a pair of raters. */
class PairTally {
  personaDays = 0
  readonly personas = new Set<string>()
  readonly all = new Tally()
  readonly spoken = new Tally()
  readonly silent = new Tally()

  constructor(
    readonly a: string,
    readonly b: string,
  ) {}

  day(persona: string, candidates: readonly RatedCandidate[], a: readonly Outcome[], b: readonly Outcome[]) {
    this.personaDays += 1
    this.personas.add(persona)
    for (const [i, { text, malformed }] of candidates.entries()) {
      // every rater refuses these by rule: to count them would be to agree for nothing
      if (malformed) continue
      for (const tally of [this.all, text === null ? this.silent : this.spoken])
        tally.add(persona, a[i]!, b[i]!)
    }
  }
}

/**
 * The other raters of a run, and how far they agree with its own ratings and with each other.
 *
 * @throws AttuneError RATER_INVALID, RATINGS_STALE; as `readRatings` and `readRecords`
 */
export async function collectRaters(
  folder: RunFolder,
  { config, personas }: Pick<LivedRun, 'config' | 'personas'>,
  bootstrap: Bootstrap,
): Promise<{ raters: RaterReport[]; agreements: Agreements[] }> {
  const names = ratersOf(folder)
  const raters = names.map((name): RaterReport => {
    const { config: rater } = readRater(folder.rater(name).config)
    return { name, rater: modelOf(rater), personaDays: 0, candidates: 0, failures: 0, spent: noSpend() }
  })
  const pairs = pairsOf([OWN_RATER, ...names])
  for (const arm of names.length > 0 ? Object.keys(config.arms) : []) {
    for (const persona of personas) {
      for (let day = 1; day <= config.days; day++) {
        const rated = names.filter((name) => existsSync(folder.ratedDay(name, arm, persona, day).ratings))
        if (rated.length === 0) continue
        const records = await readRecords(folder.day(arm, persona, day).records)
        const candidates = records.flatMap((record) => record.candidates)
        const by = new Map<string, readonly Outcome[]>([[OWN_RATER, candidates]])
        for (const name of rated) {
          const ratings = await ratingsOf(folder.ratedDay(name, arm, persona, day).ratings, records)
          by.set(name, ratings)
          const report = raters.find((rater) => rater.name === name)!
          report.personaDays += 1
          report.candidates += ratings.length
          report.failures += ratings.filter(({ rating }) => rating === null).length
        }
        for (const pair of pairs) {
          const [a, b] = [by.get(pair.a), by.get(pair.b)]
          if (a && b) pair.day(persona, candidates, a, b)
        }
      }
    }
  }
  for (const report of raters) {
    const byRole = await spentSoFar([folder.rater(report.name).folder])
    report.spent = { byRole, total: totalSpend(byRole) }
  }
  const agreements = pairs
    .filter(({ personaDays }) => personaDays > 0)
    .map(({ a, b, personaDays, personas: met, all, spoken, silent }): Agreements => ({
      a,
      b,
      personas: met.size,
      personaDays,
      all: all.agreement(bootstrap),
      spoken: spoken.agreement(bootstrap),
      silent: silent.agreement(bootstrap),
    }))
  return { raters, agreements }
}

const noSpend = (): RaterReport['spent'] => ({ byRole: {}, total: totalSpend({}) })

/** Names of the raters that have begun, in alphabetical order. */
function ratersOf(folder: RunFolder): string[] {
  if (!existsSync(folder.ratings)) return []
  return readdirSync(folder.ratings)
    .filter((name) => existsSync(folder.rater(name).config))
    .toSorted()
}

function pairsOf(names: readonly string[]): PairTally[] {
  return names.flatMap((a, i) => names.slice(i + 1).map((b) => new PairTally(a, b)))
}

function modelOf({ rater, models }: RaterConfig): string {
  return models[rater]?.model ?? rater
}

/** The ratings of a day, one for each candidate of its records. */
async function ratingsOf(file: string, records: readonly RatedRecord[]) {
  const ratings = await readRatings(file)
  const candidates = records.flatMap(({ moment, candidates: of }) =>
    of.map(({ text }, candidate) => ({ step: moment.step, candidate, text })),
  )
  const fits =
    ratings.length === candidates.length &&
    candidates.every(({ step, candidate, text }, i) => {
      const rating = ratings[i]!
      return rating.step === step && rating.candidate === candidate && rating.text === text
    })
  if (fits) return ratings
  throw new AttuneError('RATINGS_STALE', 'data', 'these are ratings of other records than those that stand', {
    file,
    hint: 'The day was lived again since: delete this file and run `attune rate` again.',
  })
}
