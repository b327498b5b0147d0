import type { Bootstrap } from './bootstrap.js'
import { meanOf } from './day-figures.js'
import {
  type ArmReport,
  type Change,
  COMPARED_METRICS,
  type ComparedMetric,
  type Comparison,
} from './document.js'
import type { LivedArm } from './read-run.js'
import { holm, signFlipP } from './sign-flip.js'

interface Paired {
  n: number
  differences: number[]
}

/**
 * Every trained arm against every other arm and reference, on the last day that most personas have lived in both.
 * Two trained arms are compared once, the one named first as `a`.
 */
export function compareArms(arms: readonly LivedArm[], seed: number, bootstrap: Bootstrap): Comparison[] {
  const found = arms
    .filter(({ kind }) => kind === 'trained')
    .flatMap((a) =>
      arms.flatMap((b) => {
        const again = b.kind === 'trained' && arms.indexOf(b) <= arms.indexOf(a)
        const day = again ? null : lastCommonDay(a, b)
        if (day === null) return []
        return COMPARED_METRICS.map((metric) => {
          const { n, differences } = paired(a, day, b, day, metric)
          const difference = { value: meanOf(differences), ...bootstrap.interval(differences) }
          const p = signFlipP(differences, [seed, a.name, b.name, metric, day])
          return { a: a.name, b: b.name, metric, day, n, difference, p }
        })
      }),
    )
  const corrected = holm(found.map(({ p }) => p))
  return found.map((comparison, i) => ({ ...comparison, pHolm: corrected[i] ?? null }))
}

/** From the first day of an arm to its last, paired over personas; null before two days are lived. */
export function changeOf(arm: LivedArm, bootstrap: Bootstrap): ArmReport['change'] {
  const to = lastCommonDay(arm, arm)
  if (to === null || to < 2) return null
  const of = (metric: ComparedMetric): Change => {
    const { n, differences } = paired(arm, to, arm, 1, metric)
    return { from: 1, to, n, difference: { value: meanOf(differences), ...bootstrap.interval(differences) } }
  }
  return { mean: of('mean'), delivered: of('delivered'), f1: of('f1') }
}

/** The last of the days that the most personas have lived in both arms; null when there is none. */
export function lastCommonDay(a: LivedArm, b: LivedArm): number | null {
  const counts = new Map<number, number>()
  a.personas.forEach(({ days }, i) => {
    const others = new Set(b.personas[i]?.days.map(({ day }) => day))
    for (const { day } of days) if (others.has(day)) counts.set(day, (counts.get(day) ?? 0) + 1)
  })
  const most = Math.max(...counts.values())
  const last = Math.max(...[...counts].filter(([, count]) => count === most).map(([day]) => day))
  return counts.size > 0 ? last : null
}

function paired(a: LivedArm, dayA: number, b: LivedArm, dayB: number, metric: ComparedMetric): Paired {
  const at = (arm: LivedArm, persona: number, day: number): number | null =>
    arm.personas[persona]?.days.find((lived) => lived.day === day)?.metrics[metric] ?? null
  const differences = a.personas.flatMap((_, i) => {
    const ours = at(a, i, dayA)
    const theirs = at(b, i, dayB)
    return ours === null || theirs === null ? [] : ours - theirs
  })
  return { n: differences.length, differences }
}
