import { expect, it } from 'vitest'
import { runSchema } from '../../../configs/schema.js'
import { departuresOf } from '../../../pipeline/report/departures.js'

const departing = (config: Record<string, unknown>) =>
  departuresOf(runSchema.parse({ name: 'r', days: 1, ...config })).map(({ key }) => key)

it('the defaults depart from the paper only in what a model in process needs', () => {
  expect(departing({})).toEqual([
    'assistant.model',
    'simulator.life',
    'simulator.rater',
    'assistant.grammar',
    'trainer.lora',
  ])
  expect(departing({ trainer: { lora: {} } })).not.toContain('trainer.lora')
})

it('an untrained arm departs in no setting of its nights, and a chat in no grammar', () => {
  const models = { llama: { model: 'meta-llama/Llama-3.3-70B-Instruct', provider: 'auto' } }
  const config = { models, assistant: { model: 'llama', prompt: 'chat' }, trainer: { backend: 'none' } }
  expect(departing(config)).toEqual(['simulator.life', 'simulator.rater'])
})

it('every departure tells both values and a reason', () => {
  const config = runSchema.parse({
    name: 'r',
    days: 1,
    simulator: { stepSeconds: 600 },
    trainer: { likelihoodWeight: 0.2 },
  })
  for (const { paper, here, why } of departuresOf(config)) {
    expect(paper).not.toBe(here)
    expect(why).toMatch(/\.$/)
  }
  expect(departuresOf(config).find(({ key }) => key === 'simulator.stepSeconds')).toMatchObject({
    paper: '150',
    here: '600',
  })
})
