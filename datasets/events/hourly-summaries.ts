import type { DayEvent } from './day-event.js'
import { extractive } from './extractive.js'

/** Hours of one day, `to` exclusive; beyond 24 for those who stay up past midnight. */
export interface HourSpan {
  from: number
  to: number
}

/** What happened in a span of hours, in words that begin with the hours, e.g. `8-12 h: a quiet morning`. */
export interface Summary extends HourSpan {
  text: string
}

/**
 * Writes the summary of a finished span, without its hours.
 *
 * @param events what happened in it, in order, with the ratings that were known at its end
 * @param parts the four hourly summaries that a 4-hourly one replaces; empty for an hour
 */
export type Summarise = (
  span: HourSpan,
  events: readonly DayEvent[],
  parts: readonly Summary[],
  signal?: AbortSignal,
) => Promise<string>

/**
 * Hourly summaries of a day, four consecutive ones replaced by a 4-hourly one, and the running hour last (paper,
 * section 3). Each finished span is written once. The running hour changes at every step, so it is always told by rule.
 * What a summary is written from does not depend on when it is first asked for: a resumed day asks for the same ones.
 */
export class HourlySummaries {
  readonly #written = new Map<string, Promise<string>>()
  #day: number | null = null

  /**
   * @param write for finished spans; by rule if absent
   * @param byRule for the running hour
   */
  constructor(
    private readonly write: Summarise | null = null,
    private readonly byRule: (events: readonly DayEvent[]) => string = extractive,
  ) {}

  /**
   * @param events one day's events, in order
   * @param now minutes since midnight; the hour of `now` is the running one
   * @throws whatever the writing throws; the same span is then written anew at the next call
   */
  async at(events: readonly DayEvent[], now: number, signal?: AbortSignal): Promise<Summary[]> {
    this.#forgetOtherDays(events[0]?.moment.day)
    const byHour = hoursOf(events)
    const current = Math.floor(now / 60)
    const past = [...byHour.keys()].filter((hour) => hour < current).toSorted((a, b) => a - b)
    const hourly = (hour: number): Promise<Summary> =>
      this.#summary({ from: hour, to: hour + 1 }, byHour.get(hour)!, [], signal)
    const four = async (hours: readonly number[]): Promise<Summary> => {
      const span = { from: hours[0]!, to: hours.at(-1)! + 1 }
      const parts = await Promise.all(hours.map(hourly))
      return this.#summary(
        span,
        hours.flatMap((hour) => byHour.get(hour)!),
        parts,
        signal,
      )
    }
    const summaries: Promise<Summary>[] = []
    const whole = past.length - (past.length % 4)
    for (let i = 0; i < whole; i += 4) summaries.push(four(past.slice(i, i + 4)))
    for (const hour of past.slice(whole)) summaries.push(hourly(hour))
    const running = byHour.get(current)
    if (running) {
      const span = { from: current, to: current + 1 }
      summaries.push(Promise.resolve(withHours(span, this.byRule(running))))
    }
    return Promise.all(summaries)
  }

  async #summary(
    span: HourSpan,
    events: readonly DayEvent[],
    parts: readonly Summary[],
    signal: AbortSignal | undefined,
  ): Promise<Summary> {
    const known = asKnownAt(span.to * 60, events)
    if (this.write === null) return withHours(span, this.byRule(known))
    const key = `${span.from}-${span.to}`
    let text = this.#written.get(key)
    if (!text) {
      text = this.write(span, known, parts, signal)
      this.#written.set(key, text)
      text.catch(() => this.#written.delete(key))
    }
    return withHours(span, await text)
  }

  #forgetOtherDays(day: number | undefined): void {
    if (day !== undefined && day !== this.#day) this.#written.clear()
    this.#day = day ?? this.#day
  }
}

const withHours = (span: HourSpan, text: string): Summary => ({
  ...span,
  text: `${span.from}-${span.to} h: ${text}`,
})

function hoursOf(events: readonly DayEvent[]): Map<number, DayEvent[]> {
  const byHour = new Map<number, DayEvent[]>()
  for (const event of events) {
    const hour = Math.floor(event.moment.minute / 60)
    const sameHour = byHour.get(hour)
    if (sameHour) sameHour.push(event)
    else byHour.set(hour, [event])
  }
  return byHour
}

/** Without the ratings that arrived later than the minute. */
const asKnownAt = (minute: number, events: readonly DayEvent[]): DayEvent[] =>
  events.map((event) => ((event.ratedAt ?? 0) < minute ? event : { ...event, rating: null }))
