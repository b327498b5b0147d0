import { z } from 'zod'
import { checkRoles } from './check-roles.js'
import { loadYaml } from './load-yaml.js'
import { fraction } from './run/numbers.js'
import { BUILT_IN, simulator } from './run/simulator.js'
import { runSchema } from './schema.js'

/** How the run's own ratings are called beside those of other raters. */
export const OWN_RATER = 'run'

const { models, prompts, budget, name } = runSchema.shape

/** Another rater of a run that stands: `attune rate <run> --rater <file>`. */
export const raterSchema = z
  .strictObject({
    name: name.describe('Names the folder `ratings/<name>` of the run.'),
    rater: z
      .string()
      .min(1)
      .default(BUILT_IN)
      .describe('Who rates: `built-in` goes by the structured rubric, else an entry of `models`.'),
    seed: z
      .int()
      .min(0)
      .nullable()
      .default(null)
      .describe('Below it lie the draws of noise and of calls; null: the seed of the run.'),
    noise: fraction.default(0).describe('Probability that a criterion flips (built-in rater).'),
    llm: simulator.shape.llm
      .unwrap()
      .pick({ rating: true, raterTemperature: true, summaries: true, maxTokens: true })
      .describe('A rater played by a language model.')
      .prefault({}),
    models,
    prompts,
    budget: budget.describe(
      'Stops the rating cleanly before any of these is passed, apart from the run’s own.',
    ),
  })
  .superRefine((rater, context) => {
    if (rater.name === OWN_RATER)
      context.addIssue({
        code: 'custom',
        path: ['name'],
        message: `\`${OWN_RATER}\` is what the run’s own ratings are called`,
      })
    for (const { path, message } of checkRoles(asRoles(rater))) {
      const key = path[0] === 'simulator' ? ['rater'] : path
      context.addIssue({ code: 'custom', path: key, message })
    }
  })
  .describe('Another rater of a run.')

export type RaterConfig = z.output<typeof raterSchema>

/** @throws AttuneError as {@link loadYaml} */
export const loadRater = (file: string): RaterConfig => loadYaml(file, raterSchema)

/** As the check of a run's roles sees it: nobody but the rater is asked. */
function asRoles({ rater, models, budget }: Pick<RaterConfig, 'rater' | 'models' | 'budget'>) {
  const memory = { embedder: BUILT_IN, summaries: 'none' }
  return {
    simulator: { life: BUILT_IN, rater },
    assistant: { model: '', prompt: 'chat', persona: false, reason: 'none', memory },
    pairs: { source: 'candidates' },
    trainer: { backend: 'none' },
    models,
    budget,
  }
}
