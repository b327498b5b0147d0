import { randomAt } from '../common/random.js'
import type { Random } from '../common/random.js'
import { type Home, WALKING } from '../configs/home.js'
import type { Persona, RoutineBlock } from '../configs/persona.js'
import type { PlannedDay } from './day-planner.js'
import type { PlannedAction } from './user-agent.js'
import { walkTo } from './walk.js'

/** Never put into a day unplanned: they make no sense at any hour. */
const NEVER_UNPLANNED = new Set([WALKING, 'lying in bed', 'getting ready for bed', 'showering', 'napping'])

interface Placed {
  name: string
  start: number
  end: number
}

/** `07:05` from minutes since midnight; hours go on after 24. */
export function clockText(minute: number): string {
  const whole = Math.floor(minute)
  return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`
}

/**
 * One day of a persona from its routine: what is done that day, when, in which room, minute by minute. The same
 * address gives the same day; two days of a persona differ in times, in what is left out and in what comes unplanned.
 */
export function planDay(persona: Persona, home: Home, seed: number, day: number): PlannedDay {
  const random = randomAt(seed, persona.id, day, 'plan')
  const weekday = (day - 1) % 7
  const kind = weekday < 5 ? 'weekday' : 'weekend'
  const { routine } = persona
  const jitter = (sd: number): number => Math.round(Math.max(-2, Math.min(2, random.normal())) * sd)
  const wake = routine.wake[kind] + jitter(routine.jitterMinutes)
  const sleep = Math.max(wake + 8 * 60, routine.sleep[kind] + jitter(routine.jitterMinutes))
  const kept = routine[kind].filter((block) => random.next() < block.chance)
  const blocks = kept.map((block) => replaceNowAndThen(block, home, routine.unplanned, random))
  const placed = place(blocks, wake, sleep, jitter, routine.jitterMinutes / 2, random)
  return {
    weekday,
    wake,
    sleep,
    outline: placed.map(({ name, start }) => `${clockText(start)} ${name}`),
    actions: putIntoWords(placed, home, random),
  }
}

/** Something unplanned: the block's time goes to another activity. */
function replaceNowAndThen(block: RoutineBlock, home: Home, chance: number, random: Random): RoutineBlock {
  if (random.next() >= chance || NEVER_UNPLANNED.has(block.do)) return block
  const others = Object.keys(home.activities).filter(
    (name) => !NEVER_UNPLANNED.has(name) && name !== block.do,
  )
  return { ...block, do: random.pick(others) }
}

/** Fixed starts cut the day into stretches; within each, jittered durations are scaled to fill it. */
function place(
  blocks: readonly RoutineBlock[],
  wake: number,
  sleep: number,
  jitter: (sd: number) => number,
  sd: number,
  random: Random,
): Placed[] {
  const placed: Placed[] = []
  let stretch: { name: string; minutes: number }[] = []
  let from = wake
  const close = (to: number): void => {
    const total = stretch.reduce((sum, { minutes }) => sum + minutes, 0)
    let at = from
    for (const { name, minutes } of stretch) {
      const end = at + (minutes / total) * (to - from)
      placed.push({ name, start: Math.round(at), end: Math.round(end) })
      at = end
    }
    stretch = []
    from = to
  }
  for (const block of blocks) {
    const fixed = block.at === undefined ? null : block.at + jitter(sd)
    const room = 5 * stretch.length
    if (fixed !== null && stretch.length > 0 && fixed > from + room && fixed < sleep - 15) close(fixed)
    stretch.push({ name: block.do, minutes: block.for * (0.75 + 0.5 * random.next()) })
  }
  close(sleep)
  return placed.filter(({ start, end }) => end > start)
}

/** Turns blocks into actions of some minutes each, with a walk of 1 or 2 minutes where the room changes. */
function putIntoWords(placed: readonly Placed[], home: Home, random: Random): PlannedAction[] {
  const actions: PlannedAction[] = []
  let roomBefore: string | null = null
  for (const { name, start, end } of placed) {
    const activity = home.activities[name]!
    let at = start
    const walk = walkTo({ room: activity.room, start, end }, roomBefore, home, random)
    if (walk) {
      actions.push(walk)
      at = walk.end
    }
    while (at < end) {
      const left = end - at
      const until = left < 12 ? end : at + 8 + random.int(Math.min(left - 8, 10))
      const action = `${name}: ${random.pick(activity.actions)}`
      actions.push({ start: at, end: until, activity: name, action, room: activity.room })
      at = until
    }
    roomBefore = activity.room
  }
  return actions
}
