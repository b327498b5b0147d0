import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GenerateRequest } from '../../models/chat-model.js'
import { saveModelFolder } from '../../models/lm/hf-folder.js'
import { openLocalModel, type LocalModel } from '../../models/local.js'
import { REPLIES, SILENCE, tinyModel } from './lm/tiny-model.js'

let folder = ''
let model: LocalModel
let free: LocalModel
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-local-'))
  const { config, weights, tokenizer } = tinyModel()
  await saveModelFolder(folder, { config, weights, tokenizerFrom: tokenizer.files })
  model = await openLocalModel(folder, { replies: REPLIES, id: 'tiny' })
  free = await openLocalModel(folder)
})
afterAll(async () => {
  await model.close()
  await free.close()
  await rm(folder, { recursive: true, force: true })
})

const request = (step: number, change: Partial<GenerateRequest> = {}): GenerateRequest => ({
  messages: [{ role: 'user', content: step % 2 ? 'monday kitchen =>' : 'monday cooking =>' }],
  n: 2,
  sampling: { temperature: 1, minP: 0, maxTokens: 20 },
  address: [1, 'persona', 1, step],
  ...change,
})

describe('LocalModel', () => {
  it('answers each request in order, whatever else is in the call', async () => {
    const requests = Array.from({ length: 10 }, (_, step) => request(step, { n: 1 + (step % 3) }))
    const together = await model.generate(requests)
    expect(together.map(({ choices }) => choices.length)).toEqual(requests.map(({ n }) => n))
    for (const [i, one] of requests.entries()) {
      const [alone] = await model.generate([one])
      expect(alone!.choices.map(({ text }) => text)).toEqual(together[i]!.choices.map(({ text }) => text))
      expect(alone!.promptTokens).toBe(3)
    }
  })

  it('keeps calls made at the same time apart', async () => {
    const requests = Array.from({ length: 6 }, (_, step) => request(step))
    const atOnce = await Promise.all(requests.map((one) => model.generate([one])))
    expect(atOnce.map(([reply]) => reply!.choices.map(({ text }) => text))).toEqual(
      (await model.generate(requests)).map(({ choices }) => choices.map(({ text }) => text)),
    )
  })

  it('says only its replies, and never an excluded one', async () => {
    const sampling = { temperature: 5, minP: 0, maxTokens: 20 }
    const [any, speaking] = await model.generate([
      request(1, { n: 300, sampling }),
      request(1, { n: 300, sampling, exclude: [SILENCE], address: ['speak'] }),
    ])
    expect(new Set(any!.choices.map(({ text }) => text))).toEqual(new Set(REPLIES))
    expect(new Set(speaking!.choices.map(({ text }) => text))).toEqual(new Set(REPLIES.slice(1)))
    expect(any!.choices.every(({ finishReason }) => finishReason === 'stop')).toBe(true)
    const silent = any!.choices.find(({ text }) => text === SILENCE)!
    expect(silent.completionTokens).toBe(3)
    expect(silent.logProb).toBeLessThan(0)
    await expect(model.generate([request(1, { exclude: REPLIES })])).rejects.toMatchObject({
      code: 'REPLIES_ALL_EXCLUDED',
    })
  })

  it('says anything without a list of replies, but does not begin like an excluded one', async () => {
    const [reply] = await free.generate([request(1, { n: 300, exclude: [SILENCE] })])
    expect(reply!.choices.some(({ text }) => !REPLIES.includes(text))).toBe(true)
    expect(reply!.choices.filter(({ text }) => text.startsWith('No'))).toEqual([])
    expect(free.id).toBe(folder)
  })

  it('stops when told to', async () => {
    await expect(
      model.generate([request(1)], { signal: AbortSignal.abort(new Error('stop')) }),
    ).rejects.toThrow('stop')
  })

  it('refuses replies that its tokenizer cannot write', async () => {
    await expect(openLocalModel(folder, { replies: ['a zebra'] })).rejects.toMatchObject({
      code: 'REPLY_NOT_WRITABLE',
    })
  })
})
