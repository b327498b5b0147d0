import type { RunConfig } from '../../configs/schema.js'

/** A setting in which a run departs from the paper (arXiv 2509.21730). */
export interface Departure {
  key: string
  paper: string
  here: string
  why: string
}

type Value = string | number | boolean

interface Setting {
  key: string
  paper: Value
  of: (config: RunConfig) => Value
  why: string
}

/** The paper's settings that a run of ours can depart from, with the reason that our presets have to do so. */
const SETTINGS: readonly Setting[] = [
  {
    key: 'assistant.model',
    paper: 'Llama-3.3-70B-Instruct',
    of: (c) => c.models[c.assistant.model]?.model ?? c.assistant.model,
    why: 'A model that is trained in process, without a GPU and without a download.',
  },
  {
    key: 'simulator.life',
    paper: 'GPT-4o',
    of: (c) => c.models[c.simulator.life]?.model ?? c.simulator.life,
    why: 'A built-in user whose days are free and the same in every run.',
  },
  {
    key: 'simulator.rater',
    paper: 'Gemini 2.0 Flash',
    of: (c) => c.models[c.simulator.rater]?.model ?? c.simulator.rater,
    why: 'A built-in rater whose ratings are exact, free and the same in every run.',
  },
  {
    key: 'simulator.stepSeconds',
    paper: 150,
    of: (c) => c.simulator.stepSeconds,
    why: 'Longer steps make a day cheaper; there are fewer moments to choose from.',
  },
  {
    key: 'assistant.candidates',
    paper: 2,
    of: (c) => c.assistant.candidates,
    why: 'More candidates make more comparisons a step.',
  },
  {
    key: 'assistant.spokenCounterfactuals',
    paper: 0,
    of: (c) => c.assistant.spokenCounterfactuals,
    why: 'Once the assistant is mostly silent, its own candidates say little about what to say and when: it is asked what it would have said. Costs more ratings.',
  },
  {
    key: 'assistant.silenceCounterfactual',
    paper: false,
    of: (c) => c.assistant.silenceCounterfactual,
    why: 'Shows whether saying nothing would have been better, when no candidate was silent.',
  },
  {
    key: 'assistant.grammar',
    paper: 'none',
    of: (c) => c.assistant.grammar,
    why: 'A small model leaks into garbage under DPO: only sentences of the catalogue can be sampled.',
  },
  {
    key: 'assistant.memory.retrieved',
    paper: 3,
    of: (c) => c.assistant.memory.retrieved,
    why: 'The prompt of a small model has little room for past events.',
  },
  {
    key: 'pairs.replay.strategy',
    paper: 'uniform',
    of: (c) => c.pairs.replay.strategy,
    why: 'Uniform replay repeats early pairs, most of which teach silence; shares by kind and time keep the others.',
  },
  {
    key: 'pairs.replay.count',
    paper: 200,
    of: (c) => c.pairs.replay.count,
    why: 'A small model is trained in seconds, so a night can hold more pairs.',
  },
  {
    key: 'trainer.beta',
    paper: 0.1,
    of: (c) => c.trainer.beta,
    why: 'A stronger pull to the base model keeps a small model from collapsing into silence.',
  },
  {
    key: 'trainer.learningRate',
    paper: 5e-5,
    of: (c) => c.trainer.learningRate,
    why: 'A small model learns at another pace than one of 70 billion parameters.',
  },
  { key: 'trainer.epochs', paper: 2, of: (c) => c.trainer.epochs, why: 'Another length of a night.' },
  { key: 'trainer.batchSize', paper: 4, of: (c) => c.trainer.batchSize, why: 'Another size of a step.' },
  {
    key: 'trainer.lora',
    paper: 'rank 16, alpha 32',
    of: ({ trainer: { lora } }) => (lora ? `rank ${lora.rank}, alpha ${lora.alpha}` : 'full fine-tuning'),
    why: 'A small model can be trained in full.',
  },
  {
    key: 'trainer.likelihoodWeight',
    paper: 0,
    of: (c) => c.trainer.likelihoodWeight,
    why: 'Keeps the probability of chosen replies from sinking along with the rejected ones (RPO).',
  },
  {
    key: 'trainer.continuationMask',
    paper: false,
    of: (c) => c.trainer.continuationMask,
    why: 'The loss sees the same continuations as sampling does, so no probability leaks to others.',
  },
  {
    key: 'trainer.reference',
    paper: 'base',
    of: (c) => c.trainer.reference,
    why: 'The pull is to yesterday instead of to the base model.',
  },
]

/** Where a configuration departs from the paper, in the order of the pipeline; none for an arm like the paper's. */
export function departuresOf(config: RunConfig): Departure[] {
  return SETTINGS.flatMap(({ key, paper, of, why }) => {
    const here = of(config)
    return here === paper ? [] : [{ key, paper: String(paper), here: String(here), why }]
  })
}
