import { z } from 'zod'
import { LIMITS, MARKS, TONES } from './catalogue.js'
import { ACTIVITY_CLASSES } from './home.js'

const TIME = /^([01]\d|2[0-9]):[0-5]\d$/
const SPAN = /^([01]\d|2[0-9]):[0-5]\d-([01]\d|2[0-9]):[0-5]\d$/

/** `HH:MM`, up to 29:59 for hours after midnight, read as minutes since midnight. */
const clock = z
  .string()
  .regex(TIME, 'a time such as "07:30"')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)))

/** `HH:MM-HH:MM`, read as minutes since midnight. */
const span = z
  .string()
  .regex(SPAN, 'a span such as "08:00-11:30"')
  .transform((text) => ({ from: clock.parse(text.slice(0, 5)), to: clock.parse(text.slice(6)) }))
  .refine(({ from, to }) => from < to, 'a span that ends after it begins')

const level = z.enum(['high', 'low'])

const kind = z
  .string()
  .regex(/^[a-z]+(: [a-z]+)?$/, 'a topic ("music") or a topic and a variant ("music: jazz")')

const wants = z
  .strictObject({
    preference: z.strictObject({
      likes: z
        .array(
          z.strictObject({
            kind: kind.describe('Topic, or topic and variant.'),
            during: z
              .array(z.enum(ACTIVITY_CLASSES))
              .min(1)
              .optional()
              .describe('Activity classes; absent: any.'),
          }),
        )
        .min(1),
      unwelcome: z.array(kind).default([]).describe('Never wanted, whatever `likes` says.'),
      tiredHours: z
        .number()
        .min(0)
        .max(24)
        .describe('Hours in which the same topic and variant is not wanted again.'),
    }),
    timing: z.strictObject({
      windows: z.strictObject({ weekday: z.array(span).min(1), weekend: z.array(span).min(1) }),
      protected: z.array(z.string()).describe('Activities that must not be disturbed.'),
      inviting: z.array(z.string()).default([]).describe('Activities at which a word is most welcome.'),
    }),
    frequency: z.discriminatedUnion('by', [
      z.strictObject({
        by: z.literal('pace'),
        everyMinutes: z
          .int()
          .min(30)
          .max(600)
          .describe('Receptive minutes for which one recommendation is wished.'),
        leastGapMinutes: z.int().min(5).describe('A sooner one is too often.'),
        mostPerDay: z.int().min(1).describe('More a day is too often.'),
      }),
      z.strictObject({
        by: z.literal('windows'),
        windows: z.array(z.strictObject({ span, count: z.int().min(1).max(6) })).min(1),
        leastGapMinutes: z.int().min(5),
        mostPerDay: z.int().min(1),
      }),
    ]),
    communication: z.strictObject({
      tones: z.array(z.enum(TONES)).min(1),
      maxWords: z.int().min(4).max(40).describe('A longer one is too long.'),
      dislikes: z.array(z.enum(MARKS)).default([]).describe('Unwelcome forms.'),
      limits: z.array(z.enum(LIMITS)).default([]).describe('Subjects ruled out.'),
    }),
  })
  .describe('The rubric in structured form, for the built-in user.')

const block = z.strictObject({
  do: z.string().describe('Activity of home.yaml.'),
  for: z.int().min(2).max(600).describe('Usual minutes.'),
  at: clock.optional().describe('Usual start; absent: after the one before.'),
  chance: z.number().gt(0).max(1).default(1).describe('How often it happens.'),
})

const routine = z
  .strictObject({
    wake: z.strictObject({ weekday: clock, weekend: clock }),
    sleep: z.strictObject({ weekday: clock, weekend: clock }),
    jitterMinutes: z
      .int()
      .min(0)
      .max(90)
      .default(20)
      .describe('Standard deviation of wake-up, sleep and fixed starts.'),
    chronotype: z.enum(['morning', 'day', 'evening']).describe('When energy is highest.'),
    unplanned: z
      .number()
      .min(0)
      .max(0.5)
      .default(0.08)
      .describe('Chance that a block is replaced by something else.'),
    weekday: z.array(block).min(8),
    weekend: z.array(block).min(8),
  })
  .describe('How the days go.')

/** A persona: the fields of the paper (section 3), the rubric as first-person text, and the same in structured form. */
export const personaSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
  name: z.string().min(1),
  age: z.int().min(16).max(110),
  background: z.string().min(1),
  bigFive: z.strictObject({
    openness: level,
    conscientiousness: level,
    extraversion: level,
    agreeableness: level,
    neuroticism: level,
  }),
  interests: z.array(z.string()).min(1).describe('Current interests.'),
  lifestyle: z.string().min(1).describe('Typical times of the day.'),
  dailyRequirements: z.array(z.string()).min(1),
  goals: z.array(z.string()).min(1).describe('Long-term goals.'),
  livingArea: z.string().min(1),
  rubric: z
    .strictObject({
      preference: z.string().min(1),
      timing: z.string().min(1),
      frequency: z.string().min(1),
      communication: z.string().min(1),
    })
    .describe('What earns a 1 for each criterion, in the first person.'),
  wants: wants.optional(),
  routine: routine.optional(),
})

/** A persona as its file has it: without `wants` or `routine` only language models can live it and rate for it. */
export type AnyPersona = z.output<typeof personaSchema>
export type Wants = z.output<typeof wants>
export type Routine = z.output<typeof routine>
/** A persona whom the built-in user can live and rate for. */
export type Persona = AnyPersona & { wants: Wants; routine: Routine }

/** True for a persona that has what the built-in user needs. */
export function isStructured(persona: AnyPersona): persona is Persona {
  return persona.wants !== undefined && persona.routine !== undefined
}
export type RoutineBlock = z.output<typeof block>
export type Span = z.output<typeof span>
