import { scoreOf } from '../../datasets/schema.js'
import type { MemoryEvent } from './memory-event.js'

/** A summary of the events between two hours of one day; `to` is exclusive. */
export interface Summary {
  from: number
  to: number
  text: string
}

/**
 * Hourly summaries of a day, four consecutive ones replaced by a 4-hourly one, and the running hour last (paper,
 * section 3). Extractive: activities in order, what was said, the mean score.
 * @param events one day's events, in order
 * @param now minutes since midnight; the hour of `now` is the running one
 */
export function summarise(events: readonly MemoryEvent[], now: number): Summary[] {
  const byHour = new Map<number, MemoryEvent[]>()
  for (const event of events) {
    const hour = Math.floor(event.moment.minute / 60)
    byHour.set(hour, [...(byHour.get(hour) ?? []), event])
  }
  const current = Math.floor(now / 60)
  const past = [...byHour.keys()].filter((hour) => hour < current).sort((a, b) => a - b)
  const summaries: Summary[] = []
  let i = 0
  for (; past.length - i >= 4; i += 4) {
    const hours = past.slice(i, i + 4)
    summaries.push(
      summary(
        hours.flatMap((hour) => byHour.get(hour)!),
        hours[0]!,
        hours[3]! + 1,
      ),
    )
  }
  for (const hour of past.slice(i)) summaries.push(summary(byHour.get(hour)!, hour, hour + 1))
  const running = byHour.get(current)
  if (running) summaries.push(summary(running, current, current + 1))
  return summaries
}

function summary(events: readonly MemoryEvent[], from: number, to: number): Summary {
  const activities = events.map(({ moment }) => moment.activity).filter((name, i, all) => name !== all[i - 1])
  const said = events.filter(({ text }) => text !== null)
  const scores = said.flatMap(({ rating }) => (rating ? [scoreOf(rating)] : []))
  const mean = scores.length > 0 ? scores.reduce((sum, score) => sum + score, 0) / scores.length : null
  const spoke = said.length === 0 ? 'nothing was said' : `${said.length} said`
  const score = mean === null ? '' : `, mean score ${mean.toFixed(1)}`
  return { from, to, text: `${from}-${to} h: ${activities.join(', ')}; ${spoke}${score}` }
}
