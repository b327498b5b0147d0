import { z } from 'zod'
import type { Criterion } from '../../datasets/schema.js'
import { ROLES } from '../../models/calls/call-entry.js'
import type { Spend } from '../../models/calls/spend.js'

const figure = z.number().nullable()
const count = z.int().min(0)

const spend = z.object({
  calls: count.describe('Calls that yielded a reply.'),
  failures: count.describe('Failed attempts: requests that yielded nothing, most of which were repeated.'),
  promptTokens: count,
  cachedTokens: count.describe('Of the prompt tokens, those that the server had cached.'),
  completionTokens: count.describe('Tokens of replies.'),
  usd: z.number().min(0),
} satisfies Record<keyof Spend, z.ZodType>)

const byRole = z
  .partialRecord(z.enum(ROLES), spend)
  .describe('Paid calls by role; a role that nobody paid for is absent.')

const spent = z.object({ byRole, total: spend })

/** A figure over personas. null: undefined, e.g. the score of deliveries of an arm that never spoke. */
const estimate = z.object({
  value: figure.describe('Mean over the personas for which the figure is defined.'),
  low: figure.describe('Lower end of the 95 % bootstrap interval over personas; null below two personas.'),
  high: figure.describe('Upper end of the same interval.'),
  sem: figure.describe('Standard error of the mean over personas.'),
  n: count.describe('Personas for which the figure is defined.'),
})

const byCriterion = z.object({
  preference: estimate,
  timing: estimate,
  frequency: estimate,
  communication: estimate,
} satisfies Record<Criterion, typeof estimate>)

const personaDay = z.object({
  day: z.int().min(1),
  mean: estimate.describe('Score (0 to 4) over all steps.'),
  delivered: estimate.describe('Score over steps at which something was said.'),
  silent: estimate.describe('Score over steps at which nothing was said.'),
  criteria: byCriterion.describe('Share of steps at which the criterion holds.'),
  deliveredCriteria: byCriterion.describe('Share of deliveries for which the criterion holds.'),
  perHour: estimate.describe('Deliveries an hour awake.'),
  wishedPerHour: estimate.describe('Deliveries an hour awake that the persona wishes for.'),
  precision: estimate.describe('Deliveries scoring 3 or more / deliveries.'),
  recall: estimate.describe('Wished slots served by such a delivery / wished slots.'),
  f1: estimate.describe('Served rate: harmonic mean of precision and recall.'),
  atLeast3: estimate.describe('Share of steps scoring 3 or more.'),
  retention: estimate.describe(
    'What the night after this day has left of the model’s language, as `retention` of the arm says.',
  ),
  malformed: figure.describe('Share of sampled replies that could not be read, mean over personas.'),
  failures: count.describe(
    'Ratings that could not be had, total. Failed attempts that a later one made good are in `spent`.',
  ),
  pairs: count.describe('Preference pairs built, total.'),
  ties: count.describe('Comparisons without a winner, total.'),
  identical: count.describe('Comparisons of equal texts, total.'),
  steps: count.describe('Decision steps lived, total.'),
  deliveries: count.describe('Recommendations delivered, total.'),
  tokens: count.describe('Tokens the assistant read and wrote, total.'),
  usd: z
    .number()
    .min(0)
    .describe(
      'Money spent, total; 0 for what runs locally. Plans of a model and vectors stand in the run’s `spent` only.',
    ),
  spent: byRole,
  seconds: figure.describe('Seconds of work, total over personas; null where they were not kept.'),
})

const extreme = z.object({ persona: z.string(), value: z.number() }).nullable()

const armDay = personaDay.extend({
  personas: count.describe('Personas that have lived this day.'),
  rateOk: count.describe('Personas with deliveries an hour between half and double of their wish.'),
  best: z
    .object({ mean: extreme, delivered: extreme, f1: extreme })
    .describe('Persona with the highest figure.'),
  worst: z
    .object({ mean: extreme, delivered: extreme, f1: extreme })
    .describe('Persona with the lowest figure.'),
})

const difference = z.object({ value: figure, low: figure, high: figure })

const onCriterion = z.object({
  kappa: difference.describe('Cohen’s kappa; null where one of the two always gave the same verdict.'),
  agreement: difference.describe('Share of candidates with the same verdict.'),
})

const change = z
  .object({ from: z.int(), to: z.int(), n: count, difference })
  .describe('Change between two days, paired over personas that have the figure on both.')

const night = z.object({
  day: z.int().min(1),
  n: count.describe('Personas trained that night.'),
  loss: figure,
  margin: figure.describe('TRL rewards/margins: reward of chosen less reward of rejected.'),
  accuracy: figure.describe('TRL rewards/accuracies: share of pairs with the higher reward on chosen.'),
})

const arm = z.object({
  name: z.string(),
  kind: z.enum(['trained', 'untrained', 'reference']),
  days: z.array(armDay),
  personas: z.array(z.object({ id: z.string(), days: z.array(personaDay) })),
  groups: z
    .object({ tuned: z.object({ days: z.array(armDay) }), heldOut: z.object({ days: z.array(armDay) }) })
    .optional()
    .describe('The same days over personas that settings were tuned on, and over all others.'),
  change: z
    .object({ mean: change, delivered: change, f1: change })
    .nullable()
    .describe('From the first day to the last; null before two days are lived.'),
  retention: z
    .object({
      measure: z
        .enum(['perplexity', 'questions'])
        .describe('Perplexity of held-out text (lower is better), or share of questions answered rightly.'),
      base: figure.describe('The same of the base model, mean over personas.'),
    })
    .nullable()
    .describe('What was measured after each night; null: nothing.'),
  nights: z.array(night).describe('Training, means over the steps of a night and over personas.'),
})

const comparison = z.object({
  a: z.string().describe('Trained arm.'),
  b: z.string().describe('Arm or reference it is compared with.'),
  metric: z.enum(['mean', 'delivered', 'f1']),
  day: z.int().min(1),
  n: count.describe('Personas for which the figure is defined in both.'),
  difference: difference.describe('a - b, paired over personas, with its 95 % bootstrap interval.'),
  p: figure.describe('Two-sided sign-flip test over personas.'),
  pHolm: figure.describe('The same after Holm over all comparisons of the report.'),
})

const agreement = z.object({
  n: count.describe(
    'Candidates that both have rated. Malformed replies are left out: all refuse them by rule.',
  ),
  failures: count.describe('Candidates for which one of the two has no rating.'),
  criteria: z.object({
    preference: onCriterion,
    timing: onCriterion,
    frequency: onCriterion,
    communication: onCriterion,
  } satisfies Record<Criterion, typeof onCriterion>),
  score: z.object({
    pearson: difference.describe('Correlation of the scores (0 to 4); null where one does not vary.'),
    spearman: difference.describe('The same of their ranks.'),
    difference: difference.describe('Mean score by b less mean score by a.'),
  }),
})

const agreements = z.object({
  a: z.string().describe('A rater; `run` are the run’s own ratings.'),
  b: z.string(),
  personas: count,
  personaDays: count.describe('Days of all arms that both have rated.'),
  all: agreement,
  spoken: agreement.describe('Over candidates that say something.'),
  silent: agreement.describe('Over candidates that say nothing.'),
})

const rater = z.object({
  name: z.string(),
  rater: z.string().describe('`built-in`, or the model as its server names it.'),
  personaDays: count.describe('Days rated, of all arms.'),
  candidates: count.describe('Candidates put to it.'),
  failures: count.describe('Ratings that could not be had.'),
  spent,
})

/**
 * What `attune report --json` prints and every view of a run is made from. Fields may be added, never changed. Scores
 * are 0 to 4, shares 0 to 1. Totals (pairs, tokens, seconds ...) are sums over the personas that have lived the day.
 */
export const reportSchema = z.object({
  format: z.literal('attune-report/1'),
  run: z.string(),
  personas: count.describe('Personas of the run.'),
  days: count.describe('Days the run is meant to have.'),
  complete: z
    .object({ lived: count, planned: count })
    .describe('Persona-days of arms and references: done, and meant to be done.'),
  seed: z.int(),
  configHash: z.string().nullable(),
  base: z.string().nullable().describe('SHA-256 of the weights of the base model.'),
  versions: z.record(z.string(), z.string()).describe('As the manifest tells them.'),
  config: z.record(z.string(), z.unknown()).describe('Resolved configuration.'),
  arms: z.array(arm),
  comparisons: z.array(comparison),
  spent: spent.describe('All paid calls of the run, plans of days and days not sealed yet included.'),
  raters: z.array(rater).describe('Other raters of the records (`attune rate`).'),
  agreements: z
    .array(agreements)
    .describe('Of each pair of raters, the run’s own first; intervals are bootstrapped over personas.'),
})

export type ReportDocument = z.output<typeof reportSchema>
export type Estimate = z.output<typeof estimate>
export type PersonaDay = z.output<typeof personaDay>
export type ArmDay = z.output<typeof armDay>
export type ArmReport = z.output<typeof arm>
export type ArmKind = ArmReport['kind']
export type Change = z.output<typeof change>
export type Night = z.output<typeof night>
export type Comparison = z.output<typeof comparison>
export type Difference = z.output<typeof difference>
export type Spent = z.output<typeof spent>
export type RaterReport = z.output<typeof rater>
export type Agreements = z.output<typeof agreements>
export type Agreement = z.output<typeof agreement>
/** Figures that changes and comparisons are told of. */
export type ComparedMetric = Comparison['metric']
export const COMPARED_METRICS = ['mean', 'delivered', 'f1'] as const satisfies readonly ComparedMetric[]

/** What paid calls came to, as files and documents hold it. */
export const spentByRoleSchema = byRole
