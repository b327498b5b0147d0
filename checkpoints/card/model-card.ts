import { stringify } from 'yaml'
import { redact } from '../../common/redact.js'
import type { Checkpoint } from '../checkpoint.js'
import { howToLoad } from './how-to-load.js'

/** A figure over the personas of a run with its 95 % interval; nulls where it is not defined. */
export interface CardFigure {
  value: number | null
  low: number | null
  high: number | null
}

/** A day's scores: of the persona that the checkpoint was trained for, and over all personas of its arm. */
export interface CardDay {
  day: number
  own: Readonly<Record<CardScore, number | null>>
  all: Readonly<Record<CardScore, CardFigure>>
}
export type CardScore = 'delivered' | 'f1' | 'mean'

/** Everything a card tells. Nothing in it may be a path or a secret. */
export interface CardFacts {
  /** `owner/name` on the Hub. */
  repo: string
  /** What is pushed: a PEFT adapter, or a whole model. */
  form: 'adapter' | 'full'
  checkpoint: Pick<Checkpoint, 'id' | 'parent' | 'pairs' | 'trainer' | 'metrics'>
  /** Of the base model: its id on the Hub, or null, and its name. */
  base: { hubId: string | null; name: string }
  /** As the Hub names it; null: unknown. */
  license: string | null
  /** Hub dataset with the pairs, if there is one. */
  dataset: string | null
  run: string
  arm: string
  persona: string
  /** Nights of training that led to it, and the day after which the last one was. */
  nights: number
  day: number
  pairCount: number | null
  /** Hyperparameters as `trainer` names them. */
  settings: Readonly<Record<string, unknown>>
  personas: number
  scores: readonly CardDay[]
  /** How the model is asked. */
  prompt: 'compact' | 'chat'
  version: string
}

/** `README.md` of a checkpoint on the Hub: YAML metadata as the Hub reads it, then the text. */
export function modelCard(facts: CardFacts): string {
  const { base, license, dataset, form } = facts
  const metadata = {
    ...(license !== null && { license }),
    ...(base.hubId !== null && {
      base_model: base.hubId,
      base_model_relation: form === 'adapter' ? 'adapter' : 'finetune',
    }),
    library_name: form === 'adapter' ? 'peft' : 'transformers',
    pipeline_tag: 'text-generation',
    tags: [
      'preference',
      facts.settings['method'] ?? 'dpo',
      'attune',
      ...(form === 'adapter' ? ['lora'] : []),
    ],
    ...(dataset !== null && { datasets: [dataset] }),
  }
  const text = [
    `---\n${stringify(metadata)}---`,
    `# ${facts.repo.split('/').at(-1)}`,
    whatItIs(facts),
    howToLoad(facts),
    data(facts),
    method(facts),
    scores(facts),
    USE,
  ].join('\n\n')
  return `${redact(text)}\n`
}

function whatItIs({ base, persona, nights, day, form, checkpoint, run, arm, version }: CardFacts): string {
  const from = base.hubId ? `[${base.hubId}](https://huggingface.co/${base.hubId})` : `\`${base.name}\``
  return [
    `${form === 'adapter' ? 'A LoRA adapter for' : 'A full model, made from'} ${from}: a proactive assistant for one`,
    `person, the simulated persona \`${persona}\`. At every moment it says one thing or stays silent. attune ${version}`,
    `made it in ${nights} ${nights === 1 ? 'night' : 'nights'} of training on that person’s ratings; this is the checkpoint`,
    `after day ${day}: \`${checkpoint.id}\`${checkpoint.parent ? ` (parent \`${checkpoint.parent}\`)` : ''}, arm`,
    `\`${arm}\` of the run \`${run}\`.`,
  ].join('\n')
}

function data({ pairCount, checkpoint, dataset, persona }: CardFacts): string {
  return [
    '## Data',
    '',
    `${pairCount ?? 'An unknown number of'} preference pairs in the last night, drawn from all days until then. Each moment`,
    `of a simulated day yields candidates that the persona \`${persona}\` rates on preference, timing, frequency and`,
    'communication; of two candidates of one moment, the one with the higher score is chosen. No real person is in them.',
    `SHA-256 of the pairs: \`${checkpoint.pairs}\`.${dataset ? ` They are in [${dataset}](https://huggingface.co/datasets/${dataset}).` : ''}`,
  ].join('\n')
}

const METHODS: Readonly<Record<string, string>> = {
  dpo: 'Direct preference optimisation (arXiv 2305.18290)',
  ipo: 'Identity preference optimisation (arXiv 2310.12036)',
  kto: 'Kahneman-Tversky optimisation (arXiv 2402.01306)',
  sft: 'Fine-tuning on what was chosen',
}

function method({ settings, checkpoint }: CardFacts): string {
  const rows = (values: Readonly<Record<string, unknown>>): string[] =>
    Object.entries(values).map(
      ([name, value]) =>
        `| ${name} | ${typeof value === 'number' ? short(value) : `\`${JSON.stringify(value)}\``} |`,
    )
  return [
    '## Method and settings',
    '',
    `${METHODS[String(settings['method'])] ?? METHODS['dpo']!} night after night, each going on from the night before, as in`,
    `ProPerAssistant (arXiv 2509.21730). Trainer: ${checkpoint.trainer}.`,
    '',
    '| setting | value |',
    '| --- | --- |',
    ...rows(settings),
    '',
    'Last metrics, under the names of TRL:',
    '',
    '| metric | value |',
    '| --- | --- |',
    ...rows(checkpoint.metrics),
  ].join('\n')
}

const short = (value: number): string => String(Number(value.toPrecision(4)))

function scores({ scores: days, personas, persona }: CardFacts): string {
  if (days.length === 0) return '## Day scores\n\nNo day of the run is over yet.'
  const figure = ({ value, low, high }: CardFigure): string =>
    value === null
      ? '–'
      : low === null || high === null
        ? two(value)
        : `${two(value)} (${two(low)} to ${two(high)})`
  const columns = ['delivered', 'f1', 'mean'] as const
  return [
    '## Day scores',
    '',
    `Score of recommendations and mean score of all steps run from 0 to 4, F1 (wished slots served) from 0 to 1. First`,
    `\`${persona}\` alone, then the mean over ${personas} ${personas === 1 ? 'persona' : 'personas'} of the arm, each with a`,
    'checkpoint of its own, in brackets its 95 % bootstrap interval over personas. Day 1 is lived with the base model.',
    '',
    '| day | recommendations | F1 | all steps | recommendations, all | F1, all | all steps, all |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...days.map(({ day, own, all }) => {
      const cells = [...columns.map((name) => two(own[name])), ...columns.map((name) => figure(all[name]))]
      return `| ${day} | ${cells.join(' | ')} |`
    }),
  ].join('\n')
}

const two = (value: number | null): string => (value === null ? '–' : value.toFixed(2))

const USE = `## Intended use and limits

For research on assistants that speak unasked: to repeat or continue this run, to compare methods, to ask the model what
it would say at a moment.

- It learned one simulated person’s wishes from simulated ratings. It knows nothing of anyone else, and the scores above
  are those of the simulation, not of people.
- It inherits what its base model can and cannot do, its biases and its license.
- It was trained to please a rater. Do not let it act, and do not use it where a wrong or missing word can harm.`
