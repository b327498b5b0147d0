import type { ReplayConfig } from '../../configs/schema.js'
import type { Random } from '../../common/random.js'
import type { PreferencePair } from '../schema.js'

/** Upper bounds in minutes since the last delivery; the last stratum is open and holds the day's first as well. */
const SINCE_BOUNDS = [10, 45, 90]

interface Stratum {
  recent: PreferencePair[]
  earlier: PreferencePair[]
  quota: number
}

/** Name of a pair's stratum: what won over what, and how long nothing had been said. */
export function stratumOf(pair: PreferencePair): string {
  const since = pair.sinceDelivery ?? Number.POSITIVE_INFINITY
  return `${pair.kind} since<${SINCE_BOUNDS.find((bound) => since < bound) ?? 'any'}`
}

/**
 * Draws `count` pairs over the strata present, `evenness` between their own shares (0) and equal ones (1),
 * `recentShare` of each from recent days. What a stratum or
 * an age lacks is taken from the others, so fewer than `count` come only if there are fewer.
 *
 * Uniform replay keeps repeating early nights, in which silence won nearly always; the few pairs that show silence to
 * be wrong drown in them. Evener shares keep both sides in every night; quite equal ones make those few so heavy that
 * the assistant speaks too often.
 */
export function drawStratified(
  recent: readonly PreferencePair[],
  earlier: readonly PreferencePair[],
  config: Pick<ReplayConfig, 'count' | 'recentShare' | 'evenness'>,
  random: Random,
): PreferencePair[] {
  const strata = new Map<string, Stratum>()
  const stratum = (pair: PreferencePair): Stratum => {
    const name = stratumOf(pair)
    const found = strata.get(name) ?? { recent: [], earlier: [], quota: 0 }
    strata.set(name, found)
    return found
  }
  for (const pair of random.shuffle(recent)) stratum(pair).recent.push(pair)
  for (const pair of random.shuffle(earlier)) stratum(pair).earlier.push(pair)

  const list = random.shuffle([...strata.values()])
  fillQuotas(list, config.count, config.evenness)
  return splitByAge(list, config.recentShare)
}

/**
 * Deals `count` in proportion to size^(1 - evenness), one round after the other, to strata that still have pairs:
 * 1 deals equal shares, 0 the shares that the strata have (temperature sampling, arXiv 1907.05019, section 4.2).
 */
function fillQuotas(strata: readonly Stratum[], count: number, evenness: number): void {
  const size = (s: Stratum) => s.recent.length + s.earlier.length
  const left = (s: Stratum) => size(s) - s.quota
  const weight = (s: Stratum) => size(s) ** (1 - evenness)
  let rest = count
  for (let open = strata.filter((s) => left(s) > 0); rest > 0 && open.length > 0;) {
    const total = open.reduce((sum, s) => sum + weight(s), 0)
    const round = rest
    for (const s of open) {
      const share = Math.max(1, Math.floor((round * weight(s)) / total))
      const more = Math.min(share, left(s), rest)
      s.quota += more
      rest -= more
    }
    open = open.filter((s) => left(s) > 0)
  }
}

/** Takes each quota from both ages. Fractions are carried on, so that the share holds over the whole night. */
function splitByAge(strata: readonly Stratum[], recentShare: number): PreferencePair[] {
  let dealt = 0
  return strata.flatMap(({ recent, earlier, quota }) => {
    const wanted = Math.round((dealt + quota) * recentShare) - Math.round(dealt * recentShare)
    dealt += quota
    const fromRecent = Math.max(quota - earlier.length, Math.min(wanted, recent.length))
    return [...recent.slice(0, fromRecent), ...earlier.slice(0, quota - fromRecent)]
  })
}
