import { z } from 'zod'
import { fraction } from './numbers.js'

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

export const pairs = z
  .strictObject({
    source: z
      .enum(['candidates', 'revision'])
      .default('candidates')
      .describe(
        '`candidates`: rated candidates against each other. `revision`: what was delivered against the user’s rewrite.',
      ),
    minMargin: z.int().min(1).max(4).default(1).describe('Least difference of scores that makes a pair.'),
    replay: replay.prefault({}),
  })
  .describe('How ratings become preference pairs.')
