import type { SimulatorConfig } from '../configs/schema.js'
import type { Moment } from '../datasets/schema.js'
import type { PlannedDay } from './day-planner.js'
import type { PlannedAction } from './user-agent.js'

/**
 * The decision steps of a day, from wake-up until sleep: every `stepSeconds` of simulated time, or at the start of each
 * action (paper, reviewers: event-triggered beside clock-driven decisions).
 */
export function momentsOf(
  { wake, sleep, weekday, actions }: PlannedDay,
  persona: string,
  day: number,
  { decide, stepSeconds }: Pick<SimulatorConfig, 'decide' | 'stepSeconds'>,
): Moment[] {
  const minutes =
    decide === 'actions'
      ? actions.filter((action, i) => i === 0 || isChange(actions[i - 1]!, action)).map(({ start }) => start)
      : Array.from(
          { length: Math.ceil(((sleep - wake) * 60) / stepSeconds) },
          (_, step) => wake + (step * stepSeconds) / 60,
        )
  let next = 0
  return minutes.map((minute, step) => {
    while (actions[next]!.end <= minute) next++
    const { activity, action, room } = actions[next]!
    return { persona, day, step, minute, weekday, activity, action, room }
  })
}

const isChange = (before: PlannedAction, { activity, action, room }: PlannedAction): boolean =>
  activity !== before.activity || action !== before.action || room !== before.room
