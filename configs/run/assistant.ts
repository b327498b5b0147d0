import { z } from 'zod'
import { memory } from './memory.js'
import { count, fraction } from './numbers.js'

export const assistant = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .default('nano')
      .describe('`nano` (ships with attune), a Hugging Face model folder, or an entry of `models`.'),
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
    speaks: z
      .enum(['unasked', 'asked'])
      .default('unasked')
      .describe('`asked`: reactive only, the assistant is silent until the user asks.'),
    prompt: z
      .enum(['compact', 'chat'])
      .default('compact')
      .describe('`compact` is what the nano model was made for; `chat` is for instruction-tuned models.'),
    persona: z
      .boolean()
      .default(false)
      .describe('Tell the assistant who the user is and what the rubric says: an oracle arm (chat).'),
    reason: z
      .enum(['none', 'before', 'after'])
      .default('none')
      .describe('The model gives a reason for its recommendation: not at all, before, or after it (chat).'),
    grammar: z
      .enum(['catalogue', 'none'])
      .default('catalogue')
      .describe(
        '`catalogue`: only sentences of the catalogue, or silence, can be sampled. `none`: free text.',
      ),
    memory: memory.prefault({}),
    temperature: z.number().min(0).max(5).default(1).describe('Sampling temperature.'),
    topP: z.number().gt(0).max(1).default(1).describe('Nucleus sampling (chat models behind an endpoint).'),
    minP: fraction
      .default(0.02)
      .describe('Tokens below minP times the likeliest are never drawn (min-p; local models).'),
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
    maxTokens: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('Most tokens of a reply; null: 24 for a compact prompt, 256 for a chat.'),
  })
  .describe('Who speaks.')
