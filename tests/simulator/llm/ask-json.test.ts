import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { askJson } from '../../../simulator/llm/ask-json.js'
import { jsonFormat } from '../../../simulator/llm/json-format.js'
import { readJson } from '../../../common/read-json.js'
import { ScriptedModel } from '../../../models/scripted.js'
import { prompts } from './helpers.js'

const schema = z.strictObject({ hour: z.int().min(0).max(23), why: z.string().nullable() })

const ask = (model: ScriptedModel) =>
  askJson({
    model,
    prompt: { system: 'You are Ada.', user: 'When do you get up?' },
    name: 'wake',
    schema,
    sampling: { temperature: 0.5, minP: 0, maxTokens: 100 },
    address: [1, 'ada', 1, 'wake'],
    prompts,
  })

describe('askJson', () => {
  it('reads JSON with a fence and words around it, in one call', async () => {
    const model = new ScriptedModel(['Sure {sic}:\n```json\n{"hour": 7, "why": null}\n```\nGood morning!'])
    expect(await ask(model)).toEqual({ value: { hour: 7, why: null } })
    expect(model.requests).toHaveLength(1)
    expect(model.requests[0]!.address).toEqual([1, 'ada', 1, 'wake', 0])
    expect(model.requests[0]!.json!.schema['required']).toEqual(['hour', 'why'])
  })

  it('shows the model its reply and the error, once', async () => {
    const model = new ScriptedModel(['{"hour": "7", "why": null}', '{"hour": 7, "why": "birds"}'])
    expect(await ask(model)).toEqual({ value: { hour: 7, why: 'birds' } })
    const [system, user, reply, repair] = model.requests[1]!.messages
    expect([system!.content, user!.content]).toEqual(['You are Ada.', 'When do you get up?'])
    expect(reply).toEqual({ role: 'assistant', content: '{"hour": "7", "why": null}' })
    expect(repair!.content).toContain('hour: Invalid input: expected number, received string')
    expect(model.requests[1]!.address).toEqual([1, 'ada', 1, 'wake', 1])
  })

  it('tells the last problem after two replies that cannot be read', async () => {
    const model = new ScriptedModel(['', 'no'])
    expect(await ask(model)).toEqual({ problem: 'there is no JSON object in the reply' })
    expect(model.requests[1]!.messages[2]!.content).toBe('(nothing)')
  })
})

describe('readJson', () => {
  it.each([
    ['{"a": 1, "a": 1}', 'the key "a" stands twice'],
    ['{"a": 1, "\\u0061": 2}', 'stands twice'],
    ['{"a": 1} or {"a": 2}', 'more than one'],
    ['{"a": {"b": 1}', 'cut off'],
    ['{"a": 1,}', 'not valid JSON'],
    ['{"a": 1]', 'not valid JSON'],
    ['{'.repeat(70_000), '70000 characters'],
  ])('says what is wrong with %s', (reply, problem) => {
    const read = readJson(reply)
    expect('problem' in read && read.problem).toContain(problem)
  })

  it('does not take braces and quotes inside of strings for structure', () => {
    expect(readJson('x {"a": "}\\"{\\"b\\": 1", "b": [{"a": "a:"}]} y')).toEqual({
      value: { a: '}"{"b": 1', b: [{ a: 'a:' }] },
    })
  })
})

describe('jsonFormat', () => {
  it('keeps to what servers understand, limits left out', () => {
    expect(jsonFormat('x', schema).schema).toEqual({
      type: 'object',
      properties: { hour: { type: 'integer' }, why: { type: ['string', 'null'] } },
      required: ['hour', 'why'],
      additionalProperties: false,
    })
  })
})
