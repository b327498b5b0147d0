import { z } from 'zod'
import { type Criterion, type Rating, type Verdict } from '../../datasets/schema.js'
import { cleanText } from '../../common/clean-text.js'

const MOST_REASON = 500

/** true or false, or the same as 1 or 0; nothing else counts, least of all a score in words. */
const flag = z.preprocess(
  (value) => (value === 0 ? false : value === 1 ? true : value),
  z.boolean('expected true or false'),
)

const reason = z
  .string()
  .transform((text) => cleanText(text, MOST_REASON))
  .refine((text) => text !== '', 'a reason is missing')

const bit = (holds: boolean): 0 | 1 => (holds ? 1 : 0)

/** The reason stands first: what is written before a verdict is what the verdict can rest on. */
const plain = z
  .strictObject({ reason, holds: flag })
  .transform(({ reason, holds }): Verdict => ({ value: bit(holds), reason }))

/** Two-sided (paper, section 3): the criterion holds only if a word now is neither too often nor too seldom. */
const twoSided = z
  .strictObject({ reason, too_often: flag, too_seldom: flag })
  .transform(({ reason, ...wrong }): Verdict => ({
    value: bit(!wrong.too_often && !wrong.too_seldom),
    reason,
  }))

const CRITERION_VERDICTS = {
  preference: plain,
  timing: plain,
  frequency: twoSided,
  communication: plain,
} as const satisfies Record<Criterion, z.ZodType<Verdict>>

/** The reply to prompt `rate-criterion`. */
export function criterionVerdict(criterion: Criterion): z.ZodType<Verdict> {
  return CRITERION_VERDICTS[criterion]
}

/** The reply to prompt `rate-joint`. */
export const jointRating: z.ZodType<Rating> = z.strictObject(CRITERION_VERDICTS)

const NOTHING_SAID: Verdict = { value: 1, reason: 'Nothing was said.' }

/** The reply to prompt `rate-silence`: what was not said can be neither disliked nor badly put. */
export const silenceRating: z.ZodType<Rating> = z
  .strictObject({
    timing: plain,
    frequency: z
      .strictObject({ reason, too_seldom: flag })
      .transform(({ reason, too_seldom }): Verdict => ({ value: bit(!too_seldom), reason })),
  })
  .transform(({ timing, frequency }) => ({
    preference: NOTHING_SAID,
    timing,
    frequency,
    communication: NOTHING_SAID,
  }))
