import { z } from 'zod'

const fraction = z.number().min(0).max(1)
const count = z.int().min(0)
const positive = z.number().gt(0)

const simulator = z
  .strictObject({
    stepSeconds: z
      .int()
      .min(30)
      .max(3600)
      .default(150)
      .describe('Simulated seconds between two decisions. The paper: 150.'),
    user: z
      .enum(['rubric'])
      .default('rubric')
      .describe('Who lives and rates: `rubric` is the built-in user.'),
    noise: fraction.default(0.02).describe('Probability that a criterion of a rating flips.'),
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
      .describe('Change of the user during the run; null for none.'),
  })
  .describe('The simulated user and its days.')

const memory = z
  .strictObject({
    content: z
      .enum(['none', 'A', 'AS', 'ASC', 'ASCR'])
      .default('ASC')
      .describe(
        'What an event in memory shows: action, suggestion, score, reason. `none`: no memory at all.',
      ),
    latest: count.default(4).describe('Latest events shown in full.'),
    retrieved: count.default(3).describe('Past events retrieved (the paper: 3); 0 turns retrieval off.'),
    recency: z.number().min(0).default(0.5).describe('Weight of recency in the retrieval score.'),
    relevance: z.number().min(0).default(3).describe('Weight of the embedding similarity.'),
    importance: z.number().min(0).default(2).describe('Weight of importance.'),
    decay: fraction.default(0.995).describe('Recency is decay^rank.'),
  })
  .describe('What the assistant remembers of the user.')

const assistant = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .default('nano')
      .describe('`nano` (ships with attune) or a Hugging Face model folder.'),
    candidates: z
      .int()
      .min(2)
      .max(8)
      .default(2)
      .describe('Candidates sampled at a step; the last one is delivered.'),
    spokenCounterfactuals: count
      .default(0)
      .describe('Further candidates that must speak; rated, never delivered.'),
    silenceCounterfactual: z
      .boolean()
      .default(false)
      .describe('Also rate saying nothing, when no candidate was silent.'),
    forcedSilence: fraction
      .default(0)
      .describe('Share of steps whose first candidate is forced to be silent.'),
    prompt: z
      .enum(['compact'])
      .default('compact')
      .describe('Prompt style; `compact` is what the nano model was made for.'),
    grammar: z
      .enum(['catalogue', 'none'])
      .default('catalogue')
      .describe(
        '`catalogue`: only sentences of the catalogue, or silence, can be sampled. `none`: free text.',
      ),
    memory: memory.prefault({}),
    temperature: z.number().min(0).max(5).default(1).describe('Sampling temperature.'),
    minP: fraction.default(0.02).describe('Tokens below minP times the likeliest are never drawn (min-p).'),
    counterfactualTemperature: z
      .number()
      .min(0)
      .max(5)
      .default(1)
      .describe('Temperature of spoken counterfactuals, which explore what is never delivered.'),
    counterfactualMinP: fraction
      .default(0.02)
      .describe(
        'The same for spoken counterfactuals: lower than `minP` lets them explore what is never delivered.',
      ),
    maxTokens: z.int().min(1).default(24).describe('Most tokens of a reply.'),
  })
  .describe('Who speaks.')

const replay = z
  .strictObject({
    strategy: z
      .enum(['uniform', 'today-plus-earlier', 'stratified'])
      .default('uniform')
      .describe(
        '`stratified`: evener shares by pair kind and time since the last delivery, part of them recent.',
      ),
    count: z.int().min(1).default(200).describe('Pairs of one night (the paper: 200).'),
    evenness: fraction
      .default(0.5)
      .describe(
        'Strata are drawn in proportion to size^(1 - evenness): 0 as they come, 1 in equal shares (stratified).',
      ),
    recentDays: z.int().min(1).default(2).describe('Days that count as recent (stratified).'),
    recentShare: fraction.default(0.5).describe('Share drawn from recent days (stratified).'),
  })
  .describe('Which of the pairs collected so far are trained on at night.')

const pairs = z
  .strictObject({
    minMargin: z.int().min(1).max(4).default(1).describe('Least difference of scores that makes a pair.'),
    replay: replay.prefault({}),
  })
  .describe('How ratings become preference pairs.')

const lora = z
  .strictObject({
    rank: z.int().min(1).default(16).describe('Rank of the update.'),
    alpha: positive.default(32).describe('Scale: alpha / rank.'),
    dropout: z.number().min(0).lt(1).default(0).describe('Dropout on the input of the adapter.'),
    modules: z
      .array(z.enum(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']))
      .min(1)
      .default(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'])
      .describe('Linear layers that get an adapter.'),
  })
  .describe('Low-rank fine-tuning.')

const trainer = z
  .strictObject({
    backend: z
      .enum(['embedded', 'none'])
      .default('embedded')
      .describe('`embedded`: in process. `none`: never train.'),
    beta: positive.default(0.1).describe('DPO: strength of the pull to the reference model.'),
    learningRate: positive.default(5e-5).describe('Peak learning rate.'),
    epochs: z.int().min(1).default(2).describe('Passes over a night’s pairs.'),
    batchSize: z.int().min(1).default(4).describe('Pairs of one optimiser step.'),
    schedule: z
      .enum(['linear', 'cosine', 'constant'])
      .default('linear')
      .describe('Decay of the learning rate over a night.'),
    warmupRatio: fraction.default(0).describe('Share of steps in which the rate rises from 0.'),
    weightDecay: z.number().min(0).default(0).describe('AdamW weight decay.'),
    adamBeta1: fraction.default(0.9).describe('AdamW beta1.'),
    adamBeta2: fraction.default(0.999).describe('AdamW beta2.'),
    adamEpsilon: positive.default(1e-8).describe('AdamW epsilon.'),
    maxGradNorm: z
      .number()
      .min(0)
      .default(1)
      .describe('Gradients are scaled down to this norm; 0 turns clipping off.'),
    labelSmoothing: z
      .number()
      .min(0)
      .lt(0.5)
      .default(0)
      .describe('Conservative DPO: assumed share of wrong labels.'),
    likelihoodWeight: z
      .number()
      .min(0)
      .default(0)
      .describe('Weight of -log p(chosen) per token, added to the DPO loss (RPO, arXiv 2404.19733).'),
    continuationMask: z
      .boolean()
      .default(false)
      .describe('Take log-probabilities over the continuations that the grammar allows, as in sampling.'),
    reference: z
      .enum(['base', 'previous'])
      .default('base')
      .describe('Reference model: the base, or yesterday’s checkpoint.'),
    keep: z
      .enum(['all', 'latest'])
      .default('all')
      .describe('Weights that stay on disk: of every night, or of the latest one of each persona.'),
    maxPromptTokens: z
      .int()
      .min(1)
      .default(2048)
      .describe('A pair with a longer prompt is refused, never cut.'),
    maxTokens: z
      .int()
      .min(2)
      .default(2304)
      .describe('A pair whose prompt and longer reply exceed this is refused.'),
    lora: lora.nullable().default(null).describe('null: full fine-tuning.'),
  })
  .describe('What happens at midnight.')

const arm = z
  .record(z.string(), z.json())
  .describe(
    'Overrides of this arm: dotted keys of assistant, pairs, trainer or simulator, e.g. `trainer.backend: none`.',
  )

/** Rules without a model that live beside the assistant in every report (embedded.md). */
export const REFERENCE_POLICIES = ['silent', 'always', 'timer', 'receptive-timer', 'oracle'] as const
export type ReferencePolicy = (typeof REFERENCE_POLICIES)[number]

/** The whole configuration of a run: types, JSON Schema, CLI help and docs table come from here. */
export const runSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'letters, digits, dot, dash and underscore')
      .describe('Names the run folder `runs/<name>`.'),
    seed: z.int().min(0).default(1).describe('All random draws are addressed below this number.'),
    days: z.int().min(1).max(365).describe('Simulated days of every persona.'),
    personas: z
      .union([z.literal('all'), z.array(z.string()).min(1)])
      .default('all')
      .describe('`all`, or a list of persona ids or of YAML files.'),
    tuned: z
      .array(z.string())
      .optional()
      .describe('Ids of personas on which settings were tuned; the report then tells the others apart.'),
    simulator: simulator.prefault({}),
    assistant: assistant.prefault({}),
    pairs: pairs.prefault({}),
    trainer: trainer.prefault({}),
    arms: z
      .record(z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes'), arm)
      .default({ full: {} })
      .describe('Named variants that live the same days side by side.'),
    references: z
      .array(z.enum(REFERENCE_POLICIES))
      .default([...REFERENCE_POLICIES])
      .describe('Policies without a model, lived beside the arms.'),
    workers: z
      .union([z.literal('auto'), z.int().min(1).max(256)])
      .default('auto')
      .describe('Processes; `auto` is one a core.'),
  })
  .describe('A run of attune.')

export type RunConfig = z.output<typeof runSchema>
export type SimulatorConfig = RunConfig['simulator']
export type AssistantConfig = RunConfig['assistant']
export type MemoryConfig = AssistantConfig['memory']
export type PairsConfig = RunConfig['pairs']
export type ReplayConfig = PairsConfig['replay']
export type TrainerConfig = RunConfig['trainer']
export type LoraConfig = NonNullable<TrainerConfig['lora']>
