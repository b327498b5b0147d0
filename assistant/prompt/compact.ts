import type { Meaning } from '../../configs/catalogue.js'
import type { MemoryConfig } from '../../configs/schema.js'
import type { DayEvent } from '../../datasets/events/day-event.js'
import { type Moment, scoreOf } from '../../datasets/schema.js'
import type { DeliveryState } from '../day-state.js'
import { WEEKDAYS, agoName, hourName, lastHourName, partOfDay, sinceName, todayName } from './buckets.js'

/** Memory lines of a compact prompt: the nano model was made for at most three. */
export const MOST_LINES = 3

/** What a compact prompt is written from. */
export interface CompactSituation {
  moment: Pick<Moment, 'day' | 'minute' | 'weekday' | 'activity' | 'room'>
  deliveries: DeliveryState
  /** Events to show, most telling first. */
  events: readonly (Pick<DayEvent, 'text' | 'rating'> & {
    moment: Pick<Moment, 'day' | 'minute' | 'activity'>
  })[]
  content: MemoryConfig['content']
}

/**
 * The nano model's prompt: one line of words from a closed vocabulary (embedded.md, "The nano model"), e.g.
 * `monday morning 09h 30m kitchen : making coffee . last 45min h1 t3 ; eating lunch yesterday music jazz warm s4 =>`
 * @param meanings the catalogue's sentences; other texts in memory are shown as `something`
 */
export function compactPrompt(situation: CompactSituation, meanings: ReadonlyMap<string, Meaning>): string {
  const { moment, deliveries, events, content } = situation
  const hour = Math.floor(moment.minute / 60)
  const half = moment.minute % 60 < 30 ? '00m' : '30m'
  const now = `${WEEKDAYS[moment.weekday]} ${partOfDay(hour % 24)} ${hourName(hour)} ${half} ${moment.room} : ${moment.activity}`
  const last = `last ${sinceName(deliveries.sinceDelivery)} ${lastHourName(deliveries.lastHour)} ${todayName(deliveries.today)}`
  const lines =
    content === 'none'
      ? []
      : events.slice(0, MOST_LINES).map((event) => memoryLine(event, moment, content, meanings))
  return `${[`${now} . ${last}`, ...lines].join(' ; ')} =>`
}

function memoryLine(
  { moment, text, rating }: CompactSituation['events'][number],
  now: CompactSituation['moment'],
  content: MemoryConfig['content'],
  meanings: ReadonlyMap<string, Meaning>,
): string {
  const parts = [moment.activity, agoName(now.day - moment.day, now.minute - moment.minute)]
  if (content !== 'A') {
    const meaning = text === null ? null : meanings.get(text)
    if (text === null) parts.push('silence')
    else parts.push(meaning ? `${meaning.topic} ${meaning.variant} ${meaning.tone}` : 'something')
  }
  if (rating && (content === 'ASC' || content === 'ASCR')) parts.push(`s${scoreOf(rating)}`)
  if (rating && content === 'ASCR') {
    const faults = Object.entries(rating).flatMap(([criterion, { value }]) =>
      value === 0 ? [criterion] : [],
    )
    parts.push(faults.length > 0 ? `not ${faults.join(' ')}` : 'fine')
  }
  return parts.join(' ')
}
