import { afterAll, describe, expect, it } from 'vitest'
import { randomAt } from '../../../common/random.js'
import { LlamaGenerator } from '../../../models/lm/llama-generate.js'
import { ReplyTrie } from '../../../models/lm/trie.js'
import { referenceForward } from './reference-forward.js'
import { REPLIES, tinyModel } from './tiny-model.js'

const model = tinyModel()
const { config, weights, tokenizer } = model
const generator = await LlamaGenerator.create(config, weights)
afterAll(() => generator.close())
const grammar = ReplyTrie.of(REPLIES, tokenizer)
const prompt = tokenizer.encode('monday kitchen cooking =>')
const sampling = { temperature: 1, minP: 0, maxTokens: 20 }
const greedy = { ...sampling, temperature: 0 }
const random = randomAt('unused')

describe('LlamaGenerator', () => {
  it.each([
    ['head size 12, padded in the cache', {}],
    ['head size 16', { hiddenSize: 32 }],
    ['one layer, another base of the rotary angles', { layers: 1, ropeTheta: 500, heads: 4 }],
  ])('computes the logits of a Llama written out by hand: %s', async (_what, change) => {
    const other = tinyModel(change)
    const one = await LlamaGenerator.create(other.config, other.weights)
    const ids = tokenizer.encode('monday kitchen cooking => how about a cup of tea ?')
    const logits = await one.forward(ids)
    await one.close()
    const expected = referenceForward(other.config, other.weights, ids).flat()
    const worst = Math.max(...expected.map((x, i) => Math.abs(x - logits[i]!)))
    expect(worst).toBeLessThan(1e-4)
  })

  it('greedily says what the likeliest token of a full forward pass is, step by step', async () => {
    const [reply] = await generator.generate(prompt, [{ sampling: greedy, random, grammar: null }])
    const ids = [...prompt]
    while (ids.length - prompt.length < greedy.maxTokens) {
      const last = (await generator.forward(ids)).subarray(-config.vocabSize)
      const best = last.indexOf(Math.max(...last))
      if (best === config.eosTokenId) break
      ids.push(best)
    }
    expect(reply!.ids).toEqual(ids.slice(prompt.length))
    expect(reply!.ids.length).toBeGreaterThan(3)
  })

  it('gives the log-probability of the reply among the allowed tokens', async () => {
    const replies = await generator.generate(
      prompt,
      [0, 1, 2, 3].map((i) => ({ sampling, random: randomAt(i), grammar: grammar.root })),
    )
    for (const { ids, logProb } of replies) {
      const reply = [...ids, config.eosTokenId]
      const logits = referenceForward(config, weights, [...prompt, ...ids]).slice(prompt.length - 1)
      const expected = grammar.allowedAlong(reply).reduce((sum, allowed, t) => {
        const total = allowed.reduce((z, id) => z + Math.exp(logits[t]![id]!), 0)
        return sum + logits[t]![reply[t]!]! - Math.log(total)
      }, 0)
      expect(logProb).toBeCloseTo(expected, 3)
    }
  })

  it('draws replies as often as their probability says', async () => {
    const n = 4000
    const requests = Array.from({ length: n }, (_, i) => ({
      sampling,
      random: randomAt('often', i),
      grammar: grammar.root,
    }))
    const replies = await generator.generate(prompt, requests)
    let mass = 0
    for (const text of REPLIES) {
      const same = replies.filter((reply) => reply.text === text)
      const p = Math.exp(same[0]?.logProb ?? -Infinity)
      mass += p
      // four standard deviations
      expect(Math.abs(same.length / n - p), text).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n) + 1e-3)
    }
    expect(mass).toBeGreaterThan(0.98)
    expect(mass).toBeLessThan(1.001)
  })

  it('never says anything but the replies allowed', async () => {
    const requests = Array.from({ length: 300 }, (_, i) => ({
      sampling: { ...sampling, temperature: 5 },
      random: randomAt('any', i),
      grammar: grammar.root,
    }))
    for (const { text, finishReason } of await generator.generate(prompt, requests)) {
      expect(REPLIES).toContain(text)
      expect(finishReason).toBe('stop')
    }
  })

  it('gives a reply alone as in company', async () => {
    const request = (i: number) => ({
      sampling,
      random: randomAt('company', i),
      grammar: i % 2 ? null : grammar.root,
    })
    const together = await generator.generate(
      prompt,
      Array.from({ length: 12 }, (_, i) => request(i)),
    )
    for (let i = 0; i < 12; i++) {
      const [alone] = await generator.generate(prompt, [request(i)])
      expect(alone!.ids).toEqual(together[i]!.ids)
      expect(alone!.logProb).toBeCloseTo(together[i]!.logProb, 4)
    }
  })

  it('stops at the most tokens wanted and at the end of its positions', async () => {
    const long = Array.from({ length: 60 }, (_, i) => prompt[i % prompt.length]!)
    const request = {
      sampling: { ...greedy, maxTokens: 3 },
      random,
      grammar: null,
      notFirst: new Set([config.eosTokenId]),
    }
    const [cut] = await generator.generate(prompt, [{ ...request, grammar: grammar.root }])
    expect(cut).toMatchObject({ finishReason: 'length', text: null })
    expect(cut!.ids).toHaveLength(3)
    const [near] = await generator.generate(long, [{ ...request, sampling: greedy }])
    expect(near!.ids.length).toBeLessThanOrEqual(4)
    await expect(generator.generate([...long, ...long], [request])).rejects.toMatchObject({
      code: 'PROMPT_TOO_LONG',
    })
    await expect(generator.generate([], [request])).rejects.toMatchObject({ code: 'PROMPT_EMPTY' })
  })
})
