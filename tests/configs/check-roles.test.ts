import { describe, expect, it } from 'vitest'
import { runSchema } from '../../configs/schema.js'

const endpoint = { model: 'm', url: 'http://127.0.0.1:1/v1' }
const chat = { model: 'judge', prompt: 'chat' }
const problemsOf = (config: object): string[] => {
  const result = runSchema.safeParse({ name: 'r', days: 1, ...config })
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('roles and the models they name', () => {
  it('go together', () => {
    const models = { judge: endpoint }
    expect(problemsOf({ models, simulator: { life: 'judge', rater: 'judge' } })).toEqual([])
    expect(problemsOf({ models, assistant: chat, trainer: { backend: 'none' } })).toEqual([])
  })

  it.each([
    [{ simulator: { rater: 'jugde' } }, 'simulator.rater: "jugde" is no entry of `models`'],
    [{ simulator: { life: 'jugde' } }, 'did you mean `judge`?'],
    [{ assistant: { memory: { embedder: 'bge' } } }, 'assistant.memory.embedder: "bge" is no entry'],
    [
      { assistant: { model: 'judge' }, trainer: { backend: 'none' } },
      'assistant.prompt: a model behind an endpoint',
    ],
    [{ assistant: chat }, 'trainer.backend: `embedded` trains a model folder'],
    [{ assistant: { persona: true } }, 'assistant.persona: a compact prompt has no room'],
    [{ assistant: { reason: 'after' } }, 'assistant.reason: a compact reply has no reason'],
    [{ pairs: { source: 'revision' } }, 'pairs.source: the built-in user does not rewrite'],
    [
      { simulator: { rater: 'judge', drift: { fromDay: 3 } } },
      'simulator.drift: changes the structured rubric',
    ],
    [
      { simulator: { rater: 'judge' }, budget: { usd: 5 } },
      'budget.usd: cannot be kept: `models.judge` has no price',
    ],
  ])('are refused where they do not: %j', (config, message) => {
    expect(problemsOf({ models: { judge: endpoint }, ...config }).join('\n')).toContain(message)
  })

  it('an entry has either a url or a provider', () => {
    expect(problemsOf({ models: { both: { ...endpoint, provider: 'together' } } })).toEqual([
      'models.both.provider: either `url` or `provider`',
    ])
  })
})
