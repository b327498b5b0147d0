import { CRITERIA, type Moment, type Rating } from '../../datasets/schema.js'
import { cleanText } from '../../common/clean-text.js'
import type { DeliveryState } from '../day-state.js'
import type { VisibleEvent } from '../memory/event-view.js'

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
const MINUTES_A_DAY = 1440
/** Characters of an action, a recommendation and a reason that a line shows. */
const MOST_ACTION = 300
const MOST_SAID = 300
const MOST_REASON = 160

/** `13:05`; the clock starts again at midnight. */
export function clockOf(minute: number): string {
  const whole = Math.floor(minute) % MINUTES_A_DAY
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.floor(whole / 60))}:${two(whole % 60)}`
}

/** Of the clock on the wall: after midnight the next day's. */
export function weekdayOf({ weekday, minute }: Pick<Moment, 'weekday' | 'minute'>): string {
  return WEEKDAYS[(weekday + Math.floor(minute / MINUTES_A_DAY)) % 7]!
}

/** The moment of the decision, and what the assistant has done today. */
export function nowText(moment: Moment, { today, sinceDelivery }: DeliveryState): string {
  return [
    `Time: ${weekdayOf(moment)}, ${clockOf(moment.minute)}`,
    `Room: ${moment.room}`,
    `The user is doing: ${actionOf(moment)}`,
    `You have spoken today: ${sinceDelivery === null ? 'not yet' : `${timesOf(today)}, the last time ${minutesOf(sinceDelivery)} ago`}`,
  ].join('\n')
}

const timesOf = (count: number): string => (count === 1 ? 'once' : `${count} times`)

function minutesOf(value: number): string {
  const whole = Math.round(value)
  return whole === 1 ? '1 minute' : `${whole} minutes`
}

const actionOf = ({ action }: Moment): string => cleanText(action, MOST_ACTION)

/** One event on one line, e.g. `yesterday (Monday) 13:05, kitchen, cooking. You said: "Tea?" Score 3 of 4.` */
export function eventLine(event: VisibleEvent, now: Pick<Moment, 'day'>): string {
  return `${when(event.moment, now)}, ${whatOf(event)}`
}

/** Events of one day, a line for each; those in a row that differ in nothing but the time share one. */
export function eventLines(events: readonly VisibleEvent[]): string[] {
  const lines: { time: string; what: string }[] = []
  for (const event of events) {
    const what = whatOf(event)
    const again = typeof event.said !== 'string' && lines.at(-1)?.what === what
    if (!again) lines.push({ time: clockOf(event.moment.minute), what })
  }
  return lines.map(({ time, what }) => `${time}, ${what}`)
}

function when(moment: Moment, now: Pick<Moment, 'day'>): string {
  const days = now.day - moment.day
  const clock = clockOf(moment.minute)
  if (days === 0) return clock
  return `${days === 1 ? 'yesterday' : `${days} days ago`} (${weekdayOf(moment)}) ${clock}`
}

function whatOf({ moment, said, score, reasons }: VisibleEvent): string {
  const parts = [`${moment.room}, ${actionOf(moment)}.`]
  if (said === null) parts.push('You said nothing.')
  else if (said !== undefined) parts.push(`You said: "${cleanText(said, MOST_SAID)}"`)
  if (score !== null) parts.push(`Score ${score} of 4.`)
  if (reasons !== null) parts.push(reasonsText(reasons, said === null))
  return parts.filter(Boolean).join(' ')
}

/** What was held against it; of what was fine throughout, one reason is enough, and a silence needs none. */
function reasonsText(rating: Rating, silent: boolean): string {
  const faults = CRITERIA.filter((criterion) => rating[criterion].value === 0)
  const reason = (criterion: (typeof CRITERIA)[number]): string =>
    `"${cleanText(rating[criterion].reason, MOST_REASON)}"`
  if (faults.length === 0) return silent ? '' : `All was right: ${reason('preference')}`
  return `Not right: ${faults.map((criterion) => `${criterion} (${reason(criterion)})`).join(', ')}.`
}
