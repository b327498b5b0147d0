import type { Moment } from '../../datasets/schema.js'
import { clockText } from '../plan-day.js'

/** Names of `weekday`, 0 is Monday. */
export const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const

/** The moment as a prompt has it; the clock starts again at midnight. */
export function momentText({ weekday, minute, room, action }: Moment): string {
  const night = minute >= 1440 ? 'the night after ' : ''
  return `It is ${clockText(minute % 1440)}, ${night}${WEEKDAYS[weekday]}. You are in the ${room}: ${action}.`
}
