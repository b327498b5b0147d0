import { z } from 'zod'
import { checkRoles } from './check-roles.js'
import { assistant } from './run/assistant.js'
import { budget } from './run/budget.js'
import { endpoint } from './run/endpoint.js'
import { evaluate } from './run/evaluate.js'
import { pairs } from './run/pairs.js'
import { simulator } from './run/simulator.js'
import { trainer } from './run/trainer.js'

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
    evaluate: evaluate.prefault({}),
    models: z
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'letters, digits, dot, dash and underscore'),
        endpoint,
      )
      .default({})
      .describe('Models behind endpoints, by the name that roles call them.'),
    prompts: z
      .string()
      .nullable()
      .default(null)
      .describe('Folder with prompt files of your own; those it lacks are the ones that ship with attune.'),
    budget: budget.prefault({}),
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
  .superRefine((config, context) => {
    for (const { path, message } of checkRoles(config)) context.addIssue({ code: 'custom', path, message })
  })
  .describe('A run of attune.')

export type RunConfig = z.output<typeof runSchema>
export type SimulatorConfig = RunConfig['simulator']
export type AssistantConfig = RunConfig['assistant']
export type MemoryConfig = AssistantConfig['memory']
export type PairsConfig = RunConfig['pairs']
export type ReplayConfig = PairsConfig['replay']
export type TrainerConfig = RunConfig['trainer']
export type EvaluateConfig = RunConfig['evaluate']
export type LoraConfig = NonNullable<TrainerConfig['lora']>
export type EndpointConfig = RunConfig['models'][string]
export type BudgetConfig = RunConfig['budget']
