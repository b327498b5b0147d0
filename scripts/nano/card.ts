import type { LlamaConfig } from '../../models/lm/llama-config.js'
import type { BaseBehaviour } from './measure-base.js'

export interface CardFacts {
  config: LlamaConfig
  seed: number
  steps: number
  batch: number
  measured: BaseBehaviour
}

/** The model card of the nano base. */
export function nanoCard({ config, seed, steps, batch, measured }: CardFacts): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
  return `---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
---
# attune nano

A Llama-type language model with ${config.layers} layers of width ${config.hiddenSize} and a vocabulary of ${config.vocabSize} words. It
writes one recommendation for a moment at home, or \`No Recommendation\`; it knows nothing of the person. attune
fine-tunes it with DPO on one person's ratings.

- **Made by** \`npm run make:nano\` (seed ${seed}, ${steps} steps of ${batch} generated examples): random weights, next-token
  training on a generated corpus of situations and plausible replies (\`scripts/nano/corpus.ts\`). No other data.
- **Behaviour**, ${measured.replies} free replies to unseen situations: silent ${percent(measured.silent)}, topic fits the activity
  ${percent(measured.plausible)} of the spoken ones, malformed ${percent(measured.malformed)}.
- **Use**: \`attune run\`, or \`AutoModelForCausalLM.from_pretrained\` in Python. Prompts have the closed form of
  \`assistant/prompt/compact.ts\`; other text is unknown words to it.
- **Limits**: a toy that shows the method. How strongly it follows scores in its memory was set by the corpus, so
  "retrieval against DPO" on this model says something about the corpus, not about the method.
`
}
