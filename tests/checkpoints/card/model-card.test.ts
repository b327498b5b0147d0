import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { type CardFacts, modelCard } from '../../../checkpoints/card/model-card.js'
import { loadRunConfig } from '../../../configs/load-run-config.js'

const FACTS: CardFacts = {
  repo: 'me/tuned-1',
  form: 'adapter',
  checkpoint: {
    id: '0123456789abcdef',
    parent: null,
    pairs: 'ff'.repeat(32),
    trainer: 'trl/1',
    metrics: { loss: 0.5 },
  },
  base: { hubId: 'Qwen/Qwen2.5-0.5B-Instruct', name: 'Qwen2.5-0.5B-Instruct' },
  license: null,
  dataset: null,
  run: 'paper',
  arm: 'full',
  persona: 'amara',
  nights: 1,
  day: 1,
  pairCount: null,
  settings: { method: 'kto', beta: 0.1 },
  personas: 1,
  scores: [],
  prompt: 'chat',
  version: '0.1.0',
}
const metadataOf = (card: string): unknown => parse(/^---\n([\s\S]*?)\n---\n/.exec(card)![1]!)

it.each(['adapter', 'full'] as const)(
  'tells in YAML that loads how attune asks a served %s model',
  (form) => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(modelCard({ ...FACTS, form }))![1]!
    const folder = mkdtempSync(join(tmpdir(), 'attune-card-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'run.yaml'), yaml)
    expect(loadRunConfig(join(folder, 'run.yaml')).models['tuned']).toMatchObject({ model: 'tuned-1' })
  },
)

it('names base, method and relation as the Hub reads them, and no license that is not known', () => {
  expect(metadataOf(modelCard(FACTS))).toEqual({
    base_model: 'Qwen/Qwen2.5-0.5B-Instruct',
    base_model_relation: 'adapter',
    library_name: 'peft',
    pipeline_tag: 'text-generation',
    tags: ['preference', 'kto', 'attune', 'lora'],
  })
  expect(modelCard(FACTS)).toContain('Kahneman-Tversky')
  expect(metadataOf(modelCard({ ...FACTS, form: 'full', license: 'mit' }))).toMatchObject({
    license: 'mit',
    base_model_relation: 'finetune',
    library_name: 'transformers',
  })
})

it('never shows what looks like a key', () => {
  const card = modelCard({ ...FACTS, settings: { note: 'hf_abcdefghij1234567890' } })
  expect(card).not.toContain('abcdefghij1234567890')
})

it('shows a dash for what is not defined, and no interval of a single persona', () => {
  const one = { value: 2, low: null, high: null }
  const none = { value: null, low: null, high: null }
  const day = {
    day: 1,
    own: { delivered: null, f1: 0, mean: 2 },
    all: { delivered: none, f1: one, mean: one },
  }
  expect(modelCard({ ...FACTS, scores: [day] })).toContain('| 1 | – | 0.00 | 2.00 | – | 2.00 | 2.00 |')
})
