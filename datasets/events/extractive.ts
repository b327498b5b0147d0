import { scoreOf } from '../schema.js'
import type { DayEvent } from './day-event.js'

/** A summary by rule: activities in order, how often something was said, the mean score of what was said. */
export function extractive(events: readonly DayEvent[]): string {
  const said = events.filter(({ text }) => text !== null)
  const scores = said.flatMap(({ rating }) => (rating ? [scoreOf(rating)] : []))
  const mean = scores.length > 0 ? scores.reduce((sum, score) => sum + score, 0) / scores.length : null
  const spoke = said.length === 0 ? 'nothing was said' : `${said.length} said`
  const score = mean === null ? '' : `, mean score ${mean.toFixed(1)}`
  return `${activitiesOf(events).join(', ')}; ${spoke}${score}`
}

/** Activities in order, each stretch once. */
export function activitiesOf(events: readonly DayEvent[]): string[] {
  return events.map(({ moment }) => moment.activity).filter((name, i, all) => name !== all[i - 1])
}
