import { randomAt } from '../../common/random.js'

/** Resamples of an interval: its ends then stand still to about a hundredth of its width. */
const RESAMPLES = 1000

export interface Interval {
  low: number | null
  high: number | null
}

/**
 * 95 % percentile bootstrap interval of a mean. Draws are addressed by seed and number of values: all figures over
 * the same personas share their resamples, so adding a figure changes no other. With few values it is too narrow
 * (its coverage at 4 is nearer to 80 %).
 *
 * @returns nulls for fewer than two values
 */
export class Bootstrap {
  readonly #resamples = new Map<number, Uint32Array>()

  constructor(private readonly seed: number) {}

  interval(values: readonly number[]): Interval {
    const n = values.length
    return this.intervalOf(n, (drawn) => drawn.reduce((sum, k) => sum + values[k]!, 0) / n)
  }

  /** The same for any figure over `n` values, from the places that were drawn; resamples without it (null) are left out. */
  intervalOf(n: number, figure: (drawn: Uint32Array) => number | null): Interval {
    if (n < 2) return { low: null, high: null }
    const indices = this.#indices(n)
    const figures: number[] = []
    for (let i = 0; i < RESAMPLES; i++) {
      const found = figure(indices.subarray(i * n, (i + 1) * n))
      if (found !== null) figures.push(found)
    }
    if (figures.length === 0) return { low: null, high: null }
    const sorted = Float64Array.from(figures).sort()
    return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
  }

  #indices(n: number): Uint32Array {
    const known = this.#resamples.get(n)
    if (known) return known
    const random = randomAt(this.seed, 'report', n, 'bootstrap')
    const drawn = Uint32Array.from({ length: RESAMPLES * n }, () => random.int(n))
    this.#resamples.set(n, drawn)
    return drawn
  }
}

/** Linear interpolation between order statistics (type 7 of Hyndman and Fan, as NumPy's default). */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const below = Math.floor(at)
  const lower = sorted[below]!
  const upper = sorted[Math.min(below + 1, sorted.length - 1)]!
  return lower + (at - below) * (upper - lower)
}
