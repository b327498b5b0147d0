import { z } from 'zod'
import { count, fraction } from './numbers.js'

export const memory = z
  .strictObject({
    content: z
      .enum(['none', 'A', 'AS', 'ASC', 'ASCR'])
      .default('ASC')
      .describe(
        'What an event in memory shows: action, suggestion, score, reason. `none`: no memory at all.',
      ),
    scoreShare: fraction
      .default(1)
      .describe('Share of events whose score is shown (ASC, ASCR); the paper tries 0.1 and 0.2 too.'),
    reasonShare: fraction.default(1).describe('Share of events whose reasons are shown (ASCR).'),
    summaries: z
      .enum(['none', 'extractive', 'model'])
      .default('extractive')
      .describe(
        'Hourly and 4-hourly summaries in a chat prompt: none, by rules, or by the assistant’s model.',
      ),
    embedder: z
      .string()
      .min(1)
      .default('built-in')
      .describe(
        'What retrieval compares texts with: `built-in`, `transformers:<name or folder>`, or an entry of `models`.',
      ),
    latest: count.default(4).describe('Latest events shown in full.'),
    retrieved: count.default(3).describe('Past events retrieved (the paper: 3); 0 turns retrieval off.'),
    recency: z.number().min(0).default(0.5).describe('Weight of recency in the retrieval score.'),
    relevance: z.number().min(0).default(3).describe('Weight of the embedding similarity.'),
    importance: z.number().min(0).default(2).describe('Weight of importance.'),
    decay: fraction.default(0.995).describe('Recency is decay^rank.'),
  })
  .describe('What the assistant remembers of the user.')
