import type { DayEvent } from './day-event.js'
import { extractive } from './extractive.js'

/** Hours of one day, `to` exclusive; beyond 24 for those who stay up past midnight. */
export interface HourSpan {
  from: number
  to: number
}

/** What happened in a span of hours, in words. */
export interface Summary extends HourSpan {
  text: string
}

/**
 * Writes the summary of a finished span.
 *
 * @param events what happened in it, in order, with the ratings that were known at its end
 * @param parts the four hourly summaries that a 4-hourly one replaces; empty for an hour
 */
export type Summarise = (
  span: HourSpan,
  events: readonly DayEvent[],
  parts: readonly Summary[],
) => Promise<string>

/** The rule in the form of a {@link Summarise}. */
export const summariseByRule: Summarise = (span, events) => Promise.resolve(extractive(span, events))

/**
 * Hourly summaries of a day, four consecutive ones replaced by a 4-hourly one, and the running hour last (paper,
 * section 3). Each finished span is written once. The running hour changes at every step, so it is always told by rule.
 * What a summary is written from does not depend on when it is first asked for: a resumed day asks for the same ones.
 */
export class HourlySummaries {
  readonly #written = new Map<string, Promise<string>>()
  #day: number | null = null

  constructor(private readonly write: Summarise = summariseByRule) {}

  /**
   * @param events one day's events, in order
   * @param now minutes since midnight; the hour of `now` is the running one
   * @throws whatever the writing throws; the same span is then written anew at the next call
   */
  async at(events: readonly DayEvent[], now: number): Promise<Summary[]> {
    this.#forgetOtherDays(events[0]?.moment.day)
    const byHour = hoursOf(events)
    const current = Math.floor(now / 60)
    const past = [...byHour.keys()].filter((hour) => hour < current).toSorted((a, b) => a - b)
    const hourly = (hour: number): Promise<Summary> =>
      this.#summary({ from: hour, to: hour + 1 }, byHour.get(hour)!, [])
    const four = async (hours: readonly number[]): Promise<Summary> => {
      const span = { from: hours[0]!, to: hours.at(-1)! + 1 }
      const parts = await Promise.all(hours.map(hourly))
      return this.#summary(
        span,
        hours.flatMap((hour) => byHour.get(hour)!),
        parts,
      )
    }
    const summaries: Promise<Summary>[] = []
    const whole = past.length - (past.length % 4)
    for (let i = 0; i < whole; i += 4) summaries.push(four(past.slice(i, i + 4)))
    for (const hour of past.slice(whole)) summaries.push(hourly(hour))
    const running = byHour.get(current)
    if (running) {
      const span = { from: current, to: current + 1 }
      summaries.push(Promise.resolve({ ...span, text: extractive(span, running) }))
    }
    return Promise.all(summaries)
  }

  async #summary(span: HourSpan, events: readonly DayEvent[], parts: readonly Summary[]): Promise<Summary> {
    const key = `${span.from}-${span.to}`
    let text = this.#written.get(key)
    if (!text) {
      text = this.write(span, asKnownAt(span.to * 60, events), parts)
      this.#written.set(key, text)
      text.catch(() => this.#written.delete(key))
    }
    return { ...span, text: await text }
  }

  #forgetOtherDays(day: number | undefined): void {
    if (day !== undefined && day !== this.#day) this.#written.clear()
    this.#day = day ?? this.#day
  }
}

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
