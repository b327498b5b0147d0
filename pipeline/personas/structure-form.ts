import { z } from 'zod'
import { LIMITS, MARKS, TONES } from '../../configs/catalogue.js'
import { checkPersona } from '../../configs/check-persona.js'
import { ACTIVITY_CLASSES } from '../../configs/home.js'
import type { PersonaText } from '../../configs/import/persona-from.js'
import type { World } from '../../configs/load-world.js'
import { nearest } from '../../configs/nearest.js'
import { personaSchema, type Routine, type Wants } from '../../configs/persona.js'

type Structured = Pick<PersonaText, 'wants' | 'routine'>

const spans = z.array(z.string())
const blocks = z.array(
  z.strictObject({ do: z.string(), for: z.number(), at: z.string().nullable(), chance: z.number() }),
)

/** The form with every key required, as servers that enforce a schema ask for; ranges and names are checked after. */
const form = z.strictObject({
  wants: z.strictObject({
    preference: z.strictObject({
      likes: z.array(
        z.strictObject({ kind: z.string(), during: z.array(z.enum(ACTIVITY_CLASSES)).nullable() }),
      ),
      unwelcome: z.array(z.string()),
      tiredHours: z.number(),
    }),
    timing: z.strictObject({
      windows: z.strictObject({ weekday: spans, weekend: spans }),
      protected: z.array(z.string()),
      inviting: z.array(z.string()),
    }),
    frequency: z.union([
      z.strictObject({
        by: z.literal('pace'),
        everyMinutes: z.number(),
        leastGapMinutes: z.number(),
        mostPerDay: z.number(),
      }),
      z.strictObject({
        by: z.literal('windows'),
        windows: z.array(z.strictObject({ span: z.string(), count: z.number() })),
        leastGapMinutes: z.number(),
        mostPerDay: z.number(),
      }),
    ]),
    communication: z.strictObject({
      tones: z.array(z.enum(TONES)),
      maxWords: z.number(),
      dislikes: z.array(z.enum(MARKS)),
      limits: z.array(z.enum(LIMITS)),
    }),
  }),
  routine: z.strictObject({
    wake: z.strictObject({ weekday: z.string(), weekend: z.string() }),
    sleep: z.strictObject({ weekday: z.string(), weekend: z.string() }),
    jitterMinutes: z.number(),
    chronotype: z.enum(['morning', 'day', 'evening']),
    unplanned: z.number(),
    weekday: blocks,
    weekend: blocks,
  }),
})

/**
 * What a model has to reply: `wants` and `routine` of a persona as its file has them. Refused with words that the model
 * can act on: what the persona schema refuses, names that are not of this world, and what contradicts itself.
 */
export function structureForm(persona: PersonaText, world: World): z.ZodType<Structured> {
  return form
    .superRefine((reply, context) => {
      for (const { path, message } of problemsOf({ ...persona, ...withoutNulls(reply) }, world))
        context.addIssue({ code: 'custom', path: [...path], message })
    })
    .transform(withoutNulls)
}

function withoutNulls({ wants, routine }: z.output<typeof form>): Structured {
  const likes = wants.preference.likes.map(({ kind, during }) =>
    during === null ? { kind } : { kind, during },
  )
  const of = (day: 'weekday' | 'weekend') =>
    routine[day].map(({ at, ...block }) => (at === null ? block : { ...block, at }))
  return {
    wants: { ...wants, preference: { ...wants.preference, likes } },
    routine: { ...routine, weekday: of('weekday'), weekend: of('weekend') },
  }
}

interface FormProblem {
  path: readonly (string | number)[]
  message: string
}

function problemsOf(persona: unknown, world: World): FormProblem[] {
  const parsed = personaSchema.safeParse(persona)
  if (!parsed.success)
    return parsed.error.issues.map(({ path, message }) => ({ path: path.map(step), message }))
  const unknown = checkPersona(parsed.data, world.home, world.catalogue).map(({ key, found, allowed }) => {
    const near = nearest(found, allowed)
    return {
      path: key.split('.'),
      message: `"${found}" is not among the names allowed${near ? `, did you mean "${near}"` : ''}`,
    }
  })
  return [...unknown, ...contradictions(parsed.data.wants!, parsed.data.routine!)]
}

const step = (part: PropertyKey): string | number => (typeof part === 'symbol' ? String(part) : part)

function contradictions({ preference, timing, frequency }: Wants, routine: Routine): FormProblem[] {
  const problems: FormProblem[] = []
  const tell = (key: string, message: string): void => void problems.push({ path: key.split('.'), message })
  for (const { kind } of preference.likes) {
    if (preference.unwelcome.some((other) => other === kind || other === kind.split(':')[0]))
      tell('wants.preference.likes', `"${kind}" is unwelcome too`)
  }
  for (const activity of timing.inviting) {
    if (timing.protected.includes(activity)) tell('wants.timing.inviting', `"${activity}" is protected too`)
  }
  for (const day of ['weekday', 'weekend'] as const) {
    const windows = timing.windows[day].toSorted((a, b) => a.from - b.from)
    const { [day]: wake } = routine.wake
    const { [day]: sleep } = routine.sleep
    if (wake >= sleep)
      tell(`routine.sleep.${day}`, 'sleep comes before waking; hours after midnight go on from 24:00')
    if (windows.some(({ from, to }) => from >= sleep || to <= wake))
      tell(`wants.timing.windows.${day}`, 'a window lies in the time of sleep')
    if (windows.some(({ from }, i) => i > 0 && from < windows[i - 1]!.to))
      tell(`wants.timing.windows.${day}`, 'windows overlap')
    if (windows.reduce((sum, { from, to }) => sum + to - from, 0) < 120)
      tell(`wants.timing.windows.${day}`, 'the windows of a day are shorter than two hours together')
  }
  if (frequency.by === 'pace') {
    if (frequency.leastGapMinutes > frequency.everyMinutes)
      tell('wants.frequency.leastGapMinutes', 'is more than everyMinutes')
  } else {
    if (frequency.windows.reduce((sum, { count }) => sum + count, 0) > frequency.mostPerDay)
      tell('wants.frequency.mostPerDay', 'is less than the sum of the counts')
    if (
      frequency.windows.some(
        ({ span, count }) => span.to - span.from < (count - 1) * frequency.leastGapMinutes,
      )
    )
      tell('wants.frequency.windows', 'a span is too short for its count at leastGapMinutes')
  }
  return problems
}
