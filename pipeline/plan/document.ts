import { z } from 'zod'
import { ROLES } from '../../models/calls/call-entry.js'

const figure = z.number().min(0)
const count = z.int().min(0)

const figures = z.object({
  calls: count.describe('As `budget.calls` counts them: one for all replies of a request.'),
  requests: count.describe('Sent to servers: as many as replies where a server gives one at a time.'),
  promptTokens: count,
  replyTokens: count.describe('Of replies of usual length.'),
  longestTokens: count.describe('If every reply were as long as allowed.'),
  usd: figure.describe('With `replyTokens`, nothing cached; 0 for models without a price.'),
  usdLongest: figure.describe('With `longestTokens`.'),
})

const row = figures.extend({
  role: z.enum(ROLES),
  entry: z.string().describe('Name in `models`.'),
  model: z.string().describe('As the server names it.'),
  priced: z.boolean(),
})

const costs = z.object({
  roles: z.array(row).describe('One for each role and entry of `models` that is asked.'),
  total: figures,
})

/** What `attune plan --json` prints. Fields may be added, never changed. */
export const estimateSchema = z.object({
  format: z.literal('attune-estimate/1'),
  run: z.string(),
  personas: count,
  days: count,
  arms: z.array(z.string()),
  references: z.array(z.string()),
  sampled: z
    .object({
      personas: z.array(z.string()).describe('Ids; empty where nobody is paid.'),
      days: count.describe('Day 1, and day 2 for all later ones.'),
    })
    .describe('What was lived with pretended replies to count from.'),
  assumed: z.object({
    speaks: z.number().describe('Share of the assistant’s replies that say something, 0 to 1.'),
    hoursAwake: z.number().nullable().describe('Of planned days; null where the routine tells.'),
    tokenizers: z
      .record(z.string(), z.string().nullable())
      .describe('By entry: folder of its tokenizer; null: 4 characters a token.'),
  }),
  whole: costs.describe('The run from its beginning to its end.'),
  parts: z
    .array(figures.extend({ kind: z.enum(['plans', 'arm', 'reference']), name: z.string() }))
    .describe('The same by what is lived; plans are made once for all arms.'),
  spent: z
    .object({ calls: count, promptTokens: count, replyTokens: count, usd: figure })
    .nullable()
    .describe('By the run so far, as its ledgers tell; null: it has not begun.'),
  left: costs.describe('What is still to be asked for; sealed days and replies on record are not.'),
  budget: z.object({
    usd: z.number().nullable(),
    calls: z.number().nullable(),
    tokens: z.number().nullable(),
    stops: z
      .object({
        by: z.enum(['usd', 'calls', 'tokens']),
        day: count.describe('On which the cap is reached.'),
        done: count.describe('Persona-days that are still completed.'),
        of: count.describe('Persona-days left to do.'),
      })
      .nullable()
      .describe('Where the run would stop, about; null: the budget holds.'),
  }),
  time: z
    .object({
      criticalPathSeconds: figure.describe('Longest chain of calls that follow one another.'),
      lanes: count.describe('Personas that are lived at once.'),
      lanesSeconds: figure.describe('All chains through these lanes, without limits of servers.'),
      limits: z
        .array(
          z.object({
            entry: z.string(),
            by: z.enum(['concurrent', 'requestsPerMinute', 'tokensPerMinute']),
            seconds: figure,
          }),
        )
        .describe('What each limit alone takes.'),
      atLeastSeconds: figure.describe('The longest of these.'),
    })
    .nullable()
    .describe('Waiting for replies of `latencySeconds` each, for what is left; null where nobody is paid.'),
  uncounted: z.array(z.string()).describe('What takes time, or money elsewhere, and is in no figure.'),
  keysMissing: z
    .array(z.looseObject({ code: z.string(), message: z.string() }))
    .describe('Keys that a run would need and that are not in the environment, as errors.'),
})

export type Estimate = z.output<typeof estimateSchema>
export type Costs = z.output<typeof costs>
