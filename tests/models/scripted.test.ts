import { describe, expect, it } from 'vitest'
import type { GenerateRequest } from '../../models/chat-model.js'
import { ScriptedModel } from '../../models/scripted.js'

const request: GenerateRequest = {
  messages: [{ role: 'user', content: 'what now' }],
  n: 2,
  sampling: { temperature: 1, minP: 0, maxTokens: 8 },
  address: [1],
}

describe('ScriptedModel', () => {
  it('says its texts one after the other and then complains', async () => {
    const model = new ScriptedModel(['a', 'b c', 'd'])
    const [reply] = await model.generate([request])
    expect(reply).toEqual({
      choices: [
        { text: 'a', finishReason: 'stop', completionTokens: 1 },
        { text: 'b c', finishReason: 'stop', completionTokens: 2 },
      ],
      promptTokens: 2,
    })
    await expect(model.generate([request])).rejects.toMatchObject({ code: 'SCRIPT_EXHAUSTED' })
    expect(model.requests).toHaveLength(2)
  })

  it('answers by a function of the request', async () => {
    const model = new ScriptedModel(
      ({ exclude }, i) => (exclude ? `speak ${i}` : 'No Recommendation'),
      'mine',
    )
    const replies = await model.generate([request, { ...request, exclude: ['No Recommendation'] }])
    expect(replies.map(({ choices }) => choices.map(({ text }) => text))).toEqual([
      ['No Recommendation', 'No Recommendation'],
      ['speak 0', 'speak 1'],
    ])
    expect(model.id).toBe('mine')
  })

  it('refuses to say what is excluded', async () => {
    const model = new ScriptedModel(['a', 'b'])
    await expect(model.generate([{ ...request, exclude: ['b'] }])).rejects.toMatchObject({
      code: 'SCRIPT_EXCLUDED',
    })
  })
})
