import { z } from 'zod'

export const evaluate = z
  .strictObject({
    retention: z
      .boolean()
      .default(true)
      .describe(
        'After each night, check that the model has kept its language: perplexity on held-out text (model folders of this machine), or questions.',
      ),
    text: z
      .string()
      .nullable()
      .default(null)
      .describe(
        'JSON lines `{ "text": "..." }` of held-out text; null: `held-out.jsonl` of the base model’s folder, if it has one (`nano` has).',
      ),
    questions: z
      .string()
      .nullable()
      .default(null)
      .describe(
        'Multiple-choice questions (CSV or JSON lines, as MMLU has them) that an assistant with a chat prompt is asked after each night, instead of perplexity; each is a paid call.',
      ),
    count: z.int().min(1).default(50).describe('Questions of a night: the first ones of the file.'),
  })
  .describe('What is checked after each night, beside the days.')
