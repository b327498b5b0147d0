import { z } from 'zod'
import { positive } from './numbers.js'

export const budget = z
  .strictObject({
    usd: positive.nullable().default(null).describe('Most money; null: no cap.'),
    calls: z.int().min(1).nullable().default(null).describe('Most paid calls; null: no cap.'),
    tokens: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('Most tokens, prompts and replies; null: no cap.'),
  })
  .describe('Stops the run cleanly before any of these is passed, counted over the whole run.')
