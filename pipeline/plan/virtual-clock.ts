import type { Address } from '../../common/random.js'

/** What a persona waits for: the plan of a day, or the living of it. */
export type Wait = 'plan' | 'live'

/**
 * Tells how long calls take that follow one another: all that are made before one of them is answered are one round,
 * which lasts as long as its slowest call.
 */
export class VirtualClock {
  readonly #seconds = new Map<string, number>()
  #round: Promise<void> | null = null
  #slowest = new Map<string, number>()

  /** @param address of the request: seed, persona, day, then `plan` for calls of the planner */
  call([, , day, what]: Address, latencySeconds: number): Promise<void> {
    const place = placeOf(Number(day), what === 'plan' ? 'plan' : 'live')
    this.#slowest.set(place, Math.max(this.#slowest.get(place) ?? 0, latencySeconds))
    return (this.#round ??= new Promise((resolve) => {
      setImmediate(() => {
        for (const [place, seconds] of this.#slowest)
          this.#seconds.set(place, (this.#seconds.get(place) ?? 0) + seconds)
        this.#slowest = new Map()
        this.#round = null
        resolve()
      })
    }))
  }

  /** Seconds of one day so far; they are then counted from 0 again. */
  take(day: number, wait: Wait): number {
    const place = placeOf(day, wait)
    const seconds = this.#seconds.get(place) ?? 0
    this.#seconds.delete(place)
    return seconds
  }
}

const placeOf = (day: number, wait: Wait): string => `${wait} ${day}`
