import { WEEKDAYS } from '../../assistant/prompt/buckets.js'
import type { Home } from '../../configs/home.js'
import { nearest } from '../../configs/nearest.js'
import type { Moment } from '../../datasets/schema.js'

export type TypedMoment = Pick<Moment, 'day' | 'minute' | 'weekday' | 'activity' | 'room'>

const FORM = /^(?:([a-z]+)\s+)?(\d{1,2})[:.](\d{2})\s+(.+)$/i

/**
 * A moment as a person types it, e.g. `14:30 kitchen making coffee` or `sunday 9:05 reading`: weekday (Monday without),
 * time, room (without, that of the activity), activity.
 *
 * @returns the moment, or in a sentence what it lacks
 */
export function parseMoment(text: string, home: Home): TypedMoment | string {
  const [, day, hour, minute, rest] = FORM.exec(text.trim()) ?? []
  if (rest === undefined) return 'Type a moment as `14:30 kitchen making coffee`: time, room, activity.'
  const weekday = day === undefined ? 0 : WEEKDAYS.findIndex((name) => name === day.toLowerCase())
  if (weekday < 0) return `There is no day ${day}: write ${WEEKDAYS.join(', ')}, or none.`
  if (Number(hour) > 23 || Number(minute) > 59) return `There is no time ${hour}:${minute}.`
  const said = rest.trim().toLowerCase().replaceAll(/\s+/g, ' ')
  const room = Object.keys(home.rooms)
    .toSorted((a, b) => b.length - a.length)
    .find((name) => said.startsWith(`${name} `))
  const activity = room === undefined ? said : said.slice(room.length + 1)
  const known = home.activities[activity]
  if (!known) {
    const near = nearest(activity, Object.keys(home.activities))
    const names = Object.keys(home.activities).slice(0, 6).join(', ')
    return `There is no activity "${activity}"; ${near ? `did you mean "${near}"?` : `they are ${names} ...`}`
  }
  return {
    day: 1,
    minute: 60 * Number(hour) + Number(minute),
    weekday,
    activity,
    room: room ?? known.room,
  }
}
