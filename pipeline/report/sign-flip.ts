import { type Address, randomAt } from '../../common/random.js'

/** Up to here all 2^n sign patterns are gone through. */
const EXACT_UP_TO = 13
const DRAWS = 9999

/**
 * Two-sided sign-flip (paired permutation) test that the mean difference is 0: share of sign patterns whose mean is
 * at least as far from 0 as the observed one. Exact up to 13 differences, else 9,999 addressed draws with the
 * observed pattern counted in (Phipson and Smyth 2010), so p is never 0. Below six differences p cannot be under 0.05.
 *
 * @returns null without a difference
 */
export function signFlipP(differences: readonly number[], seed: Address): number | null {
  const n = differences.length
  if (n === 0) return null
  // Sums of the same numbers in another order differ in the last bits: equal must stay equal.
  const observed = Math.abs(differences.reduce((sum, d) => sum + d, 0)) * (1 - 1e-9) - 1e-12
  let extreme = 0
  if (n <= EXACT_UP_TO) {
    for (let pattern = 0; pattern < 2 ** n; pattern++) {
      let sum = 0
      for (let k = 0; k < n; k++) sum += (pattern >> k) & 1 ? differences[k]! : -differences[k]!
      if (Math.abs(sum) >= observed) extreme++
    }
    return extreme / 2 ** n
  }
  const random = randomAt(...seed, 'sign-flip')
  for (let draw = 0; draw < DRAWS; draw++) {
    let sum = 0
    for (const d of differences) sum += random.next() < 0.5 ? d : -d
    if (Math.abs(sum) >= observed) extreme++
  }
  return (extreme + 1) / (DRAWS + 1)
}

/** p-values after Holm's step-down correction (1979), in the given order; null stays null and is not counted. */
export function holm(ps: readonly (number | null)[]): (number | null)[] {
  const order = ps.flatMap((p, index) => (p === null ? [] : [{ p, index }])).sort((x, y) => x.p - y.p)
  const corrected: (number | null)[] = ps.map(() => null)
  let least = 0
  order.forEach(({ p, index }, rank) => {
    least = Math.max(least, Math.min(1, p * (order.length - rank)))
    corrected[index] = least
  })
  return corrected
}
