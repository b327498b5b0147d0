/** Upper bounds in minutes (exclusive) and names of the stretches since the last delivery. */
const SINCE: readonly (readonly [number, string])[] = [
  [5, 'now'],
  [10, '5min'],
  [15, '10min'],
  [20, '15min'],
  [30, '20min'],
  [45, '30min'],
  [60, '45min'],
  [75, '60min'],
  [90, '75min'],
  [120, '90min'],
  [150, '2hours'],
  [180, '150min'],
  [240, '3hours'],
  [360, '4hours'],
  [Infinity, '6hours'],
]

export const SINCE_NAMES = [...SINCE.map(([, name]) => name), 'never', 'yesterday', 'days']

/** Name of the time since the last delivery; `never` if there was none today. */
export function sinceName(minutes: number | null): string {
  return minutes === null ? 'never' : SINCE.find(([below]) => minutes < below)![1]
}

/** How long ago something was: minutes on the same day, then `yesterday`, then `days`. */
export function agoName(days: number, minutes: number): string {
  if (days === 0) return sinceName(minutes)
  return days === 1 ? 'yesterday' : 'days'
}

/** `h0`..`h6`, `h7plus`: deliveries of the last hour. */
export const lastHourName = (count: number): string =>
  count < 7 ? `h${count}` : count < 13 ? 'h7plus' : 'h13plus'

/** `t0`..`t9`, then by tens: deliveries of the day. */
export const todayName = (count: number): string =>
  count < 10 ? `t${count}` : count < 20 ? 't10plus' : count < 50 ? 't20plus' : 't50plus'

export const COUNT_NAMES = [
  ...Array.from({ length: 14 }, (_, n) => lastHourName(n)),
  ...[...Array(51).keys()].map(todayName),
].filter((name, i, all) => all.indexOf(name) === i)

/** Part of the day by the hour. */
export function partOfDay(hour: number): string {
  if (hour < 5 || hour >= 22) return 'night'
  if (hour < 9) return 'early'
  if (hour < 12) return 'morning'
  if (hour < 14) return 'noon'
  if (hour < 18) return 'afternoon'
  return 'evening'
}

export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const
export const PARTS = ['night', 'early', 'morning', 'noon', 'afternoon', 'evening'] as const

/** `09h`, of the clock on the wall. */
export const hourName = (hour: number): string => `${String(hour % 24).padStart(2, '0')}h`
