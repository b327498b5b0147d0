import type { Random } from '../common/random.js'
import { type Home, WALKING } from '../configs/home.js'
import type { PlannedAction } from './user-agent.js'

/** Stays of fewer minutes are not worth a walk of their own. */
const LEAST_STAY = 5

/** A room that is gone to, and for how long; minutes since midnight. */
export interface Stay {
  room: string
  start: number
  end: number
}

/** The walk of 1 or 2 minutes at the start of a stay in another room; null where there is none to be made. */
export function walkTo(
  { room, start, end }: Stay,
  roomBefore: string | null,
  home: Home,
  random: Random,
): PlannedAction | null {
  if (roomBefore === null || roomBefore === room || end - start < LEAST_STAY) return null
  const action = `${WALKING}: from the ${roomBefore} to the ${room}`
  const until = start + 1 + random.int(2)
  return { start, end: until, activity: WALKING, action, room: home.activities[WALKING]!.room }
}
