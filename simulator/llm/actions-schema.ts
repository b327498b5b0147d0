import { z } from 'zod'
import { type Home, WALKING } from '../../configs/home.js'
import { cleanText } from '../../common/clean-text.js'

const MOST_MINUTES = 120
const MOST_WORDS = 160
/** Sums that are off by a larger part, and by more minutes, are told to the model; others are stretched. */
const TOLERANCE = 0.2
const TOLERATED_MINUTES = 5

/** An action of a stretch of the day; the minutes of all add up to the stretch. */
export interface SpokenAction {
  minutes: number
  activity: string
  room: string
  /** In words. */
  action: string
}

/** What a person can be asked to do: everything of the home but the way from room to room. */
export function activityNames(home: Home): string[] {
  return Object.keys(home.activities).filter((name) => name !== WALKING)
}

/** The reply to prompt `day-actions` for a stretch of so many minutes. */
export function actionsSchema(home: Home, stretch: number): z.ZodType<SpokenAction[]> {
  const activity = nameOf(activityNames(home), 'activity')
  const room = nameOf(Object.keys(home.rooms), 'room')
  const action = z
    .strictObject({
      minutes: z.int().min(1).max(MOST_MINUTES),
      activity,
      room: room.nullish(),
      action: z.string(),
    })
    .transform((said): SpokenAction => ({
      minutes: said.minutes,
      activity: said.activity,
      room: said.room ?? home.activities[said.activity]?.room ?? '',
      action: inWords(said.activity, said.action, home),
    }))
  return z
    .strictObject({ actions: z.array(action).min(1).max(stretch) })
    .transform(({ actions }, context) => {
      const total = actions.reduce((sum, { minutes }) => sum + minutes, 0)
      if (Math.abs(total - stretch) > Math.max(TOLERATED_MINUTES, TOLERANCE * stretch)) {
        context.addIssue({
          code: 'custom',
          message: `the minutes of the actions add up to ${total}, but the stretch has ${stretch}`,
        })
      }
      return actions
    })
}

/** A known name, whatever its case; servers that enforce the form are told the names. */
function nameOf(names: readonly string[], what: string): z.ZodType<string, string> {
  const byCase = new Map(names.map((name) => [name.toLowerCase(), name]))
  return z
    .string()
    .meta({ enum: [...names] })
    .transform((text, context) => {
      const name = names.includes(text) ? text : byCase.get(text.trim().toLowerCase())
      if (name !== undefined) return name
      context.addIssue({ code: 'custom', message: `"${cleanText(text, 40)}" is no ${what} of the list` })
      return z.NEVER
    })
}

/** As the built-in planner writes it: the activity, then what is seen. */
function inWords(activity: string, said: string, home: Home): string {
  const words = cleanText(said, MOST_WORDS)
  const seen = words.toLowerCase().startsWith(`${activity.toLowerCase()}:`)
    ? words.slice(activity.length + 1).trim()
    : words
  return `${activity}: ${seen || (home.activities[activity]?.actions[0] ?? activity)}`
}
