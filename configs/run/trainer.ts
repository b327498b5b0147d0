import { z } from 'zod'
import { fraction, positive } from './numbers.js'
import { hosted, trl } from './trainer-places.js'

/** Who can train. */
export const TRAINER_BACKENDS = [
  'embedded',
  'trl',
  'hf-jobs',
  'autotrain',
  'openai',
  'together',
  'fireworks',
  'none',
] as const

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

export const trainer = z
  .strictObject({
    backend: z
      .enum(TRAINER_BACKENDS)
      .default('embedded')
      .describe('`embedded`: in this process. `none`: never train. Others: docs/trainers.md.'),
    method: z
      .enum(['dpo', 'ipo', 'kto', 'sft'])
      .default('dpo')
      .describe('What is made of the pairs: DPO (the paper), IPO, KTO, or SFT on what was chosen.'),
    base: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('Model to train, as the backend names it; null: that of `assistant.model`.'),
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
    trl: trl.prefault({}),
    hosted: hosted.prefault({}),
    lora: lora.nullable().default(null).describe('null: full fine-tuning.'),
  })
  .describe('What happens at midnight.')
