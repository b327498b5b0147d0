import type { ArmDay, ArmReport, Comparison, Difference, ReportDocument } from './document.js'
import { fixed, interval, rate, signed } from './format-figure.js'

export interface Verdict {
  /**
   * `learned`: the deliveries got better; `partly`: so they did, but the receptive timer's still are better. `silent`:
   * only the mean got better. `none`: nothing to be told from chance.
   */
  outcome: 'learned' | 'partly' | 'silent' | 'worse' | 'none' | 'unknown'
  /** Did it learn? */
  change: string
  /** Is it more than the receptive timer, which knows when to speak but not what to say? */
  against: string
  /** What limits both claims; null: nothing. */
  caution: string | null
}

/** Fewest personas with which a two-sided sign-flip test can fall below 0.05: 2 / 2^6. */
const FEWEST = 6

/** The rule that a trained assistant has to beat to have learned more than silence. */
export const RIVAL = 'receptive-timer'

/** The arm a report is about: the first that is trained, else the first. */
export function mainArm(document: ReportDocument): ArmReport | null {
  const lived = document.arms.filter(({ days }) => days.length > 0)
  return lived.find(({ kind }) => kind === 'trained') ?? lived[0] ?? null
}

/** Days at both ends of what the most personas of an arm have lived. */
export function endDays(arm: ArmReport): { first: ArmDay; last: ArmDay } | null {
  const most = Math.max(...arm.days.map(({ personas }) => personas))
  const first = arm.days[0]
  const last = arm.days.findLast(({ personas }) => personas === most)
  return first && last ? { first, last } : null
}

/** What a run shows, in two sentences, with an interval behind every claim. */
export function verdictOf(document: ReportDocument): Verdict {
  const arm = mainArm(document)
  const ends = arm && endDays(arm)
  if (!arm || !ends) {
    return { outcome: 'unknown', change: 'No day has been lived yet.', against: '', caution: null }
  }
  const comparison = document.comparisons.find(
    ({ a, b, metric }) => a === arm.name && b === RIVAL && metric === 'delivered',
  )
  const { outcome, change } = changeSentence(arm, ends.last)
  const beaten = comparison !== undefined && direction(comparison.difference) === 'down'
  return {
    outcome: outcome === 'learned' && beaten ? 'partly' : outcome,
    change,
    against: againstSentence(ends.last, comparison ?? rivalOf(document)),
    caution: cautionOf(document, ends.last),
  }
}

function changeSentence(
  { name, kind, change }: ArmReport,
  last: ArmDay,
): Pick<Verdict, 'outcome' | 'change'> {
  const arm = `Arm “${name}”`
  if (kind === 'untrained')
    return { outcome: 'unknown', change: `${arm} is not trained, so it cannot learn.` }
  if (!change) return { outcome: 'unknown', change: `${arm} has lived one day only: nothing to compare yet.` }
  const { delivered, mean, f1 } = change
  const served = `served rate (F1): ${signed(f1.difference)}`
  if (last.delivered.n === 0) {
    return { outcome: 'silent', change: `${arm} no longer speaks on day ${last.day}; ${served}.` }
  }
  if (delivered.n === 0) {
    return {
      outcome: 'unknown',
      change: `${arm} spoke to nobody on both day 1 and day ${last.day}; ${served}.`,
    }
  }
  const span = `from day ${delivered.from} to day ${delivered.to}`
  const some = delivered.n < last.personas ? ` over the ${delivered.n} personas that heard it on both` : ''
  const score = `score of its recommendations ${span}${some}: ${signed(delivered.difference)}`
  switch (direction(delivered.difference)) {
    case 'up':
      return { outcome: 'learned', change: `${arm} learned to recommend better: ${score}; ${served}.` }
    case 'down':
      return { outcome: 'worse', change: `${arm} recommends worse than it began: ${score}; ${served}.` }
    case 'level':
      return direction(mean.difference) === 'up'
        ? {
            outcome: 'silent',
            change: `${arm} mostly learned to be silent: the mean over all steps rose by ${signed(mean.difference)}, but ${score}; ${served}.`,
          }
        : {
            outcome: 'none',
            change: `${arm} shows no change that can be told from chance: ${score}; ${served}.`,
          }
    default:
      return {
        outcome: 'unknown',
        change: `${arm}, a single persona, so no interval and no claim: ${score}; ${served}.`,
      }
  }
}

/** Why there is no comparison: only trained arms are compared; `none`: the rule was not lived. */
function rivalOf({ arms }: ReportDocument): 'untrained' | 'none' {
  return arms.some(({ name, days }) => name === RIVAL && days.length > 0) ? 'untrained' : 'none'
}

function againstSentence(
  { perHour, wishedPerHour }: ArmDay,
  comparison: Comparison | 'untrained' | 'none',
): string {
  const range = interval(perHour, rate)
  const speaks = `it speaks ${rate(perHour.value)} times an hour${range && ` (${range})`}, the wish is ${rate(wishedPerHour.value)}`
  if (comparison === 'none')
    return `There is no receptive timer to compare its recommendations with; ${speaks}.`
  if (comparison === 'untrained')
    return `What is not trained is not compared with the receptive timer; ${speaks}.`
  if (comparison.difference.value === null)
    return `Nothing was said that could be compared with the receptive timer's recommendations; ${speaks}.`
  const { difference, day, n } = comparison
  const claims = {
    up: 'Its recommendations score higher than those of a timer that waits for a receptive moment',
    down: 'A timer that waits for a receptive moment still recommends better',
    level: 'Its recommendations cannot be told from those of a timer that waits for a receptive moment',
    none: 'No claim can be made against a timer that waits for a receptive moment',
  }
  const told = `${signed(difference)} on day ${day}, ${n} ${n === 1 ? 'persona' : 'personas'}`
  return `${claims[direction(difference)]}: ${told}; ${speaks}.`
}

function cautionOf({ complete }: ReportDocument, { personas }: ArmDay): string | null {
  const parts: string[] = []
  if (personas < FEWEST) {
    parts.push(
      `${personas === 1 ? 'One persona' : `${personas} personas`}: too few for a firm claim, intervals are too narrow`,
    )
  }
  if (complete.lived < complete.planned) {
    parts.push(
      `The run is unfinished (${fixed((100 * complete.lived) / complete.planned, 0)} % of its persona-days)`,
    )
  }
  return parts.length > 0 ? `${parts.join('. ')}.` : null
}

function direction({ low, high }: Difference): 'up' | 'down' | 'level' | 'none' {
  if (low === null || high === null) return 'none'
  return low > 0 ? 'up' : high < 0 ? 'down' : 'level'
}
