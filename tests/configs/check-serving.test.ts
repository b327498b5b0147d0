import { expect, it } from 'vitest'
import { checkServing } from '../../configs/check-serving.js'

const assistant = {
  model: 'llm',
  prompt: 'chat',
  persona: false,
  reason: 'none',
  memory: { embedder: '', summaries: '' },
}
const keysOf = (backend: string, trainer: object, entry: object | null): string[] =>
  checkServing({
    assistant,
    trainer: { backend, lora: {}, base: null, ...trainer },
    models:
      entry === null
        ? {}
        : { llm: { price: null, model: 'Qwen/Qwen2.5-7B-Instruct', adapters: 'vllm', ...entry } },
  }).map(({ path }) => path.join('.'))

it.each([
  ['trl', {}, {}, []],
  ['trl', {}, null, []],
  ['none', { lora: null }, { adapters: 'none' }, []],
  ['openai', { lora: null }, { adapters: 'none' }, []],
  ['openai', {}, null, ['trainer.backend']],
  ['fireworks', {}, null, ['trainer.backend']],
  ['hf-jobs', {}, { adapters: 'none' }, ['models.llm.adapters']],
  ['trl', { lora: null }, {}, ['trainer.lora']],
  ['trl', { lora: null }, { adapters: 'transformers' }, []],
  ['trl', { lora: null }, { adapters: 'hf-endpoint' }, []],
  ['trl', {}, { adapters: 'hf-endpoint' }, []],
  ['autotrain', {}, { adapters: 'hf-endpoint' }, ['models.llm.adapters']],
  ['trl', { base: 'Qwen/Qwen2.5-7B' }, {}, ['trainer.base']],
  ['trl', { base: 'Qwen/Qwen2.5-7B-Instruct' }, { model: 'Qwen/Qwen2.5-7B-Instruct-AWQ' }, []],
  ['trl', { base: 'unsloth/qwen2.5-7b-instruct-bnb-4bit' }, {}, []],
  ['trl', { base: '/models/base' }, {}, []],
  ['trl', { base: 'Qwen/Qwen2.5-7B' }, { model: 'assistant' }, []],
])('%s with %j, served by %j, has problems with %j', (backend, trainer, entry, problems) => {
  expect(keysOf(backend, trainer, entry)).toEqual(problems)
})
