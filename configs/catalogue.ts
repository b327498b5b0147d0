import { z } from 'zod'
import { ACTIVITY_CLASSES } from './home.js'

/** Features of a form that a persona may dislike. */
export const MARKS = ['question', 'exclamation', 'order', 'urgency'] as const
export type Mark = (typeof MARKS)[number]

/** Subjects that a persona may rule out altogether. */
export const LIMITS = ['health', 'money', 'private'] as const
export type Limit = (typeof LIMITS)[number]

export const TONES = ['gentle', 'brief', 'playful', 'formal', 'warm', 'encouraging'] as const
export type Tone = (typeof TONES)[number]

const topic = z.strictObject({
  limit: z.enum(LIMITS).optional().describe('Subject that personas may rule out.'),
  fits: z
    .array(z.enum(ACTIVITY_CLASSES))
    .min(1)
    .describe('Activity classes at which the topic is plausible.'),
  variants: z.record(z.string(), z.array(z.string()).min(1)).describe('Second level: contents by variant.'),
})

const form = z.strictObject({
  say: z.string().includes('{c}').describe('Sentence with {c} for the content.'),
  marks: z.array(z.enum(MARKS)).default([]).describe('Features that a persona may dislike.'),
})

/** `configs/world/catalogue.yaml`: what can be recommended, and how it can be said. */
export const catalogueSchema = z.strictObject({
  topics: z.record(z.string(), topic).describe('First level of kinds.'),
  tones: z.record(z.enum(TONES), z.array(form).min(1)).describe('Forms of each tone.'),
  markers: z.record(z.enum(TONES), z.array(z.string())).describe('Words that tell a tone in free text.'),
})

export type Catalogue = z.output<typeof catalogueSchema>

/** What a sentence of the catalogue means. */
export interface Meaning {
  topic: string
  variant: string
  tone: Tone
  marks: readonly Mark[]
  limit: Limit | null
}

/** Every sentence of the catalogue with its meaning: topics x variants x contents x tones x forms. */
export function catalogueSentences(catalogue: Catalogue): Map<string, Meaning> {
  const sentences = new Map<string, Meaning>()
  for (const [topicName, entry] of Object.entries(catalogue.topics)) {
    for (const [variant, contents] of Object.entries(entry.variants)) {
      for (const tone of TONES) {
        for (const { say, marks } of catalogue.tones[tone]) {
          for (const content of contents) {
            const meaning = { topic: topicName, variant, tone, marks, limit: entry.limit ?? null }
            sentences.set(say.replace('{c}', content), meaning)
          }
        }
      }
    }
  }
  return sentences
}
