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
  /** Null where the setting has no effect. */
  of: (config: RunConfig) => Value | null
  why: string
}

const ANOTHER_MODEL = 'Another model, which the configuration names.'

/** Settings of a night mean nothing where there is none. */
const trained =
  (of: (trainer: RunConfig['trainer']) => Value) =>
  ({ trainer }: RunConfig): Value | null =>
    trainer.backend === 'none' ? null : of(trainer)

/** The paper's settings that a run of ours can depart from, with the reason that our presets have to do so. */
const SETTINGS: readonly Setting[] = [
  {
    key: 'assistant.model',
    paper: 'Llama-3.3-70B-Instruct',
    of: (c) => modelOf(c, c.assistant.model),
    why: 'A model that is trained in process, without a GPU and without a download.',
  },
  {
    key: 'simulator.life',
    paper: 'GPT-4o',
    of: (c) => modelOf(c, c.simulator.life),
    why: 'A built-in user whose days are free and the same in every run.',
  },
  {
    key: 'simulator.rater',
    paper: 'Gemini 2.0 Flash',
    of: (c) => modelOf(c, c.simulator.rater),
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
    of: ({ assistant: { grammar, prompt } }) => (prompt === 'compact' ? grammar : null),
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
    of: ({ trainer, pairs }) => (trainer.backend === 'none' ? null : pairs.replay.strategy),
    why: 'Uniform replay repeats early pairs, most of which teach silence; shares by kind and time keep the others.',
  },
  {
    key: 'pairs.replay.count',
    paper: 200,
    of: ({ trainer, pairs }) => (trainer.backend === 'none' ? null : pairs.replay.count),
    why: 'A small model is trained in seconds, so a night can hold more pairs.',
  },
  {
    key: 'trainer.beta',
    paper: 0.1,
    of: trained(({ beta }) => beta),
    why: 'A stronger pull to the base model keeps a small model from collapsing into silence.',
  },
  {
    key: 'trainer.learningRate',
    paper: 5e-5,
    of: trained(({ learningRate }) => learningRate),
    why: 'A small model learns at another pace than one of 70 billion parameters.',
  },
  { key: 'trainer.epochs', paper: 2, of: trained(({ epochs }) => epochs), why: 'Another length of a night.' },
  {
    key: 'trainer.batchSize',
    paper: 4,
    of: trained(({ batchSize }) => batchSize),
    why: 'Another size of a step.',
  },
  {
    key: 'trainer.lora',
    paper: 'rank 16, alpha 32',
    of: trained(({ lora }) => (lora ? `rank ${lora.rank}, alpha ${lora.alpha}` : 'full fine-tuning')),
    why: 'A small model can be trained in full.',
  },
  {
    key: 'trainer.likelihoodWeight',
    paper: 0,
    of: trained(({ likelihoodWeight }) => likelihoodWeight),
    why: 'Keeps the probability of chosen replies from sinking along with the rejected ones (RPO).',
  },
  {
    key: 'trainer.continuationMask',
    paper: false,
    of: trained(({ continuationMask }) => continuationMask),
    why: 'The loss sees the same continuations as sampling does, so no probability leaks to others.',
  },
  {
    key: 'trainer.reference',
    paper: 'base',
    of: trained(({ reference }) => reference),
    why: 'The pull is to yesterday instead of to the base model.',
  },
]

/** Settings that name a model. */
const ROLES: Readonly<Record<string, (config: RunConfig) => string>> = {
  'assistant.model': (c) => c.assistant.model,
  'simulator.life': (c) => c.simulator.life,
  'simulator.rater': (c) => c.simulator.rater,
}

function modelOf({ models }: RunConfig, name: string): string {
  return models[name]?.model ?? name
}

/** Names of one model by its host and by the paper: `meta-llama/Llama-3.3-70B-Instruct`, `gpt-4o`. */
function isLike(here: string, paper: string): boolean {
  const plain = (name: string): string => name.toLowerCase().replaceAll(' ', '-')
  return plain(here).split('/').at(-1) === plain(paper)
}

/** Where a configuration departs from the paper, in the order of the pipeline; none for an arm like the paper's. */
export function departuresOf(config: RunConfig): Departure[] {
  return SETTINGS.flatMap(({ key, paper, of, why }) => {
    const here = of(config)
    if (here === null || here === paper || (key in ROLES && isLike(String(here), String(paper)))) return []
    const named = key in ROLES && Object.hasOwn(config.models, ROLES[key]!(config))
    return [{ key, paper: String(paper), here: String(here), why: named ? ANOTHER_MODEL : why }]
  })
}
