import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../common/package-root.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { checkEndpoint, keyVariable } from '../../models/endpoint/check-endpoint.js'

const file = join(packageRoot(), 'configs/paper-llm.yaml')

test('the setting of the paper by name of model loads without any key', () => {
  expect(loadRunConfig(file)).toMatchObject({
    days: 14,
    personas: 'all',
    simulator: { stepSeconds: 150, life: 'gpt-4o', rater: 'gemini-flash', llm: { rating: 'separate' } },
    assistant: { model: 'llama', prompt: 'chat', candidates: 2, memory: { content: 'ASCR', retrieved: 3 } },
    pairs: { source: 'candidates', replay: { strategy: 'uniform', count: 200 } },
    trainer: { backend: 'none' },
    references: [],
  })
})

test('every model of it has a price and a limit, and nothing but its key is missing', () => {
  const { models, budget } = loadRunConfig(file)
  expect(budget.usd).toBeLessThanOrEqual(30)
  expect(Object.values(models).map(keyVariable)).toEqual(['HF_TOKEN', 'OPENAI_API_KEY', 'GEMINI_API_KEY'])
  const keys = { HF_TOKEN: 'a', OPENAI_API_KEY: 'b', GEMINI_API_KEY: 'c' }
  for (const [name, model] of Object.entries(models)) {
    expect(model.price, name).not.toBeNull()
    expect(model.limits.requestsPerMinute, name).not.toBeNull()
    expect(checkEndpoint(name, model, keys)).toEqual([])
    expect(checkEndpoint(name, model, {}).map(({ code }) => code)).toEqual(['MODEL_KEY_MISSING'])
  }
})

test('the first look that its head shows loads too', () => {
  const set = ['name=paper-llm-try', 'days=2', 'personas=[amara-voice-teacher, bruno-retired-geographer]']
  expect(loadRunConfig(file, set)).toMatchObject({ name: 'paper-llm-try', days: 2 })
})
