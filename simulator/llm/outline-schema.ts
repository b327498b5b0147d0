import { z } from 'zod'
import { clockText } from '../plan-day.js'
import { cleanText } from '../../common/clean-text.js'

const EARLIEST_WAKE = 3 * 60
const LATEST_WAKE = 14 * 60
const LEAST_AWAKE = 8 * 60
const MOST_AWAKE = 22 * 60
const MOST_ENTRIES = 48
const MOST_WORDS = 160

/** The day in broad strokes; minutes since midnight, beyond 1440 for hours after it. */
export interface Outline {
  wake: number
  sleep: number
  /** In order, all of them while awake. */
  entries: { start: number; what: string }[]
}

const clock = z
  .string()
  .regex(/^([0-2]?\d|3[0-5]):[0-5]\d$/, 'expected a time such as "07:30"')
  .transform((text) => {
    const [hours, minutes] = text.split(':')
    return Number(hours) * 60 + Number(minutes)
  })

const what = z
  .string()
  .transform((text) => cleanText(text, MOST_WORDS))
  .refine((text) => text !== '', 'says nothing')

/** The reply to prompt `day-plan`. A time before getting up is read as one of the night after. */
export const outlineSchema = z
  .strictObject({
    wake: clock,
    sleep: clock,
    schedule: z
      .array(z.strictObject({ start: clock, what }))
      .min(2)
      .max(MOST_ENTRIES),
  })
  .transform((reply, context): Outline => {
    const { wake } = reply
    const after = (minute: number): number => (minute < wake ? minute + 1440 : minute)
    const sleep = reply.sleep === wake ? wake : after(reply.sleep)
    const entries = reply.schedule.map(({ start, what }) => ({ start: after(start), what }))
    const tell = (message: string): void => context.addIssue({ code: 'custom', message })
    if (wake < EARLIEST_WAKE || wake > LATEST_WAKE) {
      tell(
        `getting up at ${clockText(wake)} is not between ${clockText(EARLIEST_WAKE)} and ${clockText(LATEST_WAKE)}`,
      )
    }
    if (sleep - wake < LEAST_AWAKE || sleep - wake > MOST_AWAKE) {
      const hours = ((sleep - wake) / 60).toFixed(1)
      tell(`awake for ${hours} hours, not for ${LEAST_AWAKE / 60} to ${MOST_AWAKE / 60}`)
    }
    const late = entries.find(({ start }, i) => i > 0 && start <= entries[i - 1]!.start)
    if (late) tell(`the schedule is not in order at ${clockText(late.start)}`)
    const asleep = entries.find(({ start }) => start >= sleep)
    if (asleep && asleep.start !== sleep)
      tell(`${clockText(asleep.start)} of the schedule is after falling asleep`)
    return { wake, sleep, entries: entries.filter(({ start }) => start < sleep) }
  })
