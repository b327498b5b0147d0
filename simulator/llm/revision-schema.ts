import { z } from 'zod'
import { NO_RECOMMENDATION } from '../../datasets/schema.js'
import { cleanText } from '../../common/clean-text.js'

const MOST_CHARACTERS = 500

const text = z
  .string()
  .max(MOST_CHARACTERS, `more than ${MOST_CHARACTERS} characters`)
  .transform((words) => cleanText(words, MOST_CHARACTERS))
  .refine((words) => /\p{L}/u.test(words), 'a recommendation without words; null stands for saying nothing')
  .transform((words) => (words === NO_RECOMMENDATION ? null : words))

/** The reply to prompt `revise`; a null recommendation says that silence would have been right. */
export const revisionSchema = z.strictObject({ reason: z.string(), recommendation: text.nullable() })
