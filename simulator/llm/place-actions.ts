import type { Random } from '../../common/random.js'
import type { Home } from '../../configs/home.js'
import type { PlannedAction } from '../user-agent.js'
import { walkTo } from '../walk.js'
import type { SpokenAction } from './actions-schema.js'

/**
 * Lays actions over the minutes from `start` to `end` without gaps, stretched to fit, with a walk where the room
 * changes.
 *
 * @param roomBefore where the person is at `start`; null: nowhere yet
 */
export function placeActions(
  actions: readonly SpokenAction[],
  { start, end }: { start: number; end: number },
  roomBefore: string | null,
  home: Home,
  random: Random,
): PlannedAction[] {
  const total = actions.reduce((sum, { minutes }) => sum + minutes, 0)
  const placed: PlannedAction[] = []
  let spent = 0
  let at = start
  let here = roomBefore
  for (const { minutes, activity, room, action } of actions) {
    spent += minutes
    const until = start + Math.round((spent / total) * (end - start))
    if (until === at) continue
    const walk = walkTo({ room, start: at, end: until }, here, home, random)
    if (walk) placed.push(walk)
    placed.push({ start: walk?.end ?? at, end: until, activity, action, room })
    at = until
    here = room
  }
  return placed
}
