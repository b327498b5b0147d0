import { z } from 'zod'
import { count, fraction } from './numbers.js'

/** Name of the user that needs no language model, in `simulator.life` and `simulator.rater`. */
export const BUILT_IN = 'built-in'

const llm = z
  .strictObject({
    rating: z
      .enum(['joint', 'separate'])
      .default('joint')
      .describe('The four criteria in one call, or each in a call of its own (the paper: separate).'),
    raterTemperature: z.number().min(0).max(2).default(0).describe('Sampling temperature of ratings.'),
    lifeTemperature: z.number().min(0).max(2).default(0.9).describe('Sampling temperature of plans.'),
    hoursPerCall: z
      .int()
      .min(1)
      .max(24)
      .default(4)
      .describe('Hours of a day whose actions are written in one call.'),
    summaries: z
      .enum(['extractive', 'model'])
      .default('extractive')
      .describe('Who sums up the hours in the user’s memory: rules, or the rater model.'),
    maxTokens: z.int().min(16).default(2048).describe('Most tokens of one reply.'),
  })
  .describe('A user played by language models.')

export const simulator = z
  .strictObject({
    stepSeconds: z
      .int()
      .min(30)
      .max(3600)
      .default(150)
      .describe('Simulated seconds between two decisions. The paper: 150.'),
    decide: z
      .enum(['clock', 'actions'])
      .default('clock')
      .describe('When to decide: every step, or at each change of what the user does.'),
    life: z
      .string()
      .min(1)
      .default(BUILT_IN)
      .describe('Who plans the days: `built-in` lives the persona’s routine, else an entry of `models`.'),
    rater: z
      .string()
      .min(1)
      .default(BUILT_IN)
      .describe('Who rates: `built-in` goes by the structured rubric, else an entry of `models`.'),
    llm: llm.prefault({}),
    noise: fraction
      .default(0.02)
      .describe('Probability that a criterion of a rating flips (built-in rater).'),
    delaySteps: count.default(0).describe('Steps after which the assistant learns of a rating.'),
    drift: z
      .strictObject({
        fromDay: z.int().min(2).describe('First day on which some likings and windows have changed.'),
        share: fraction
          .default(0.3)
          .describe('Share of liked kinds that are exchanged; windows move by up to an hour.'),
      })
      .nullable()
      .default(null)
      .describe('Change of the user during the run (built-in rater); null for none.'),
  })
  .describe('The simulated user and its days.')
