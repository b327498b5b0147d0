import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { AttuneError } from '../../../common/error.js'
import { AccountedEmbedder } from '../../../models/calls/accounted-embedder.js'
import { AccountedModel } from '../../../models/calls/accounted-model.js'
import { Budget } from '../../../models/calls/budget.js'
import { LedgerSlot } from '../../../models/calls/ledger.js'
import type { GenerateRequest } from '../../../models/chat-model.js'
import { HashingEmbedder } from '../../../models/embedding/hashing.js'
import { ScriptedModel } from '../../../models/scripted.js'

const price = { input: 1, output: 10, cachedInput: null }
const free = { calls: null, tokens: null, usd: null }
const request = (step: number, content = 'What now?'): GenerateRequest => ({
  messages: [{ role: 'user', content }],
  n: 2,
  sampling: { temperature: 1, minP: 0, maxTokens: 50 },
  address: [1, 'amara', 1, step, 'reply'],
})

let folder: string
let file: string
let ledger: LedgerSlot
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'attune-calls-'))
  file = join(folder, 'calls.jsonl')
  ledger = new LedgerSlot()
  await ledger.open(file)
})
afterEach(async () => {
  await ledger.close()
  rmSync(folder, { recursive: true })
})

const accounted = (model: ScriptedModel, budget = new Budget(free, { calls: 0, tokens: 0, usd: 0 })) =>
  new AccountedModel(model, { role: 'rater', ledger, budget, price })

it('has a reply in the file before it is used, with tokens and price', async () => {
  const [reply] = await accounted(new ScriptedModel(['a b', 'c'])).generate([request(0)])
  const [line] = readFileSync(file, 'utf8').trim().split('\n')
  expect(JSON.parse(line!)).toMatchObject({
    type: 'reply',
    role: 'rater',
    model: 'scripted',
    reply,
    usd: 32e-6,
  })
  expect(ledger.current.spent.rater).toMatchObject({
    calls: 1,
    promptTokens: 2,
    completionTokens: 3,
    usd: 32e-6,
  })
})

it('a later process asks only for what was not answered', async () => {
  const first = await accounted(new ScriptedModel(['a', 'b', 'c', 'd'])).generate([request(0), request(1)])
  await ledger.open(file)
  const later = new ScriptedModel(['e', 'f'])
  const again = await accounted(later).generate([request(0), request(1), request(2)])
  expect(again.slice(0, 2)).toEqual(first)
  expect(later.requests.map(({ address }) => address[3])).toEqual([2])
})

it('another prompt, address or role is another call', async () => {
  await accounted(new ScriptedModel(['a', 'b'])).generate([request(0)])
  await ledger.open(file)
  const later = new ScriptedModel(['c', 'd', 'e', 'f'])
  await accounted(later).generate([request(0, 'And now?')])
  const other = {
    role: 'life',
    ledger,
    budget: new Budget(free, { calls: 0, tokens: 0, usd: 0 }),
    price,
  } as const
  await new AccountedModel(later, other).generate([request(0)])
  expect(later.requests).toHaveLength(2)
})

it('asks nothing once the budget would be passed, and keeps what was paid', async () => {
  const model = new ScriptedModel((asked) => `reply ${asked.address[3]}`)
  const budget = new Budget({ ...free, calls: 2 }, { calls: 0, tokens: 0, usd: 0 })
  const asked = accounted(model, budget).generate([request(0), request(1), request(2)])
  await expect(asked).rejects.toMatchObject({ code: 'BUDGET_REACHED', exitCode: 2 })
  expect(model.requests).toHaveLength(2)
  expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2)
})

it('a call under way when another one fails is still waited for and journaled', async () => {
  const model = new ScriptedModel(async ({ address }) => {
    if (address[3] === 0) throw new AttuneError('MODEL_UNREACHABLE', 'model', 'gone')
    await new Promise((resolve) => setTimeout(resolve, 20))
    return 'late'
  })
  // one request at a time reaches a scripted model; two calls are two requests
  await expect(accounted(model).generate([request(0), request(1)])).rejects.toMatchObject({
    code: 'MODEL_UNREACHABLE',
  })
  expect(readFileSync(file, 'utf8')).toContain('late')
})

it('vectors are paid once, also over a restart', async () => {
  let calls = 0
  const inner = new HashingEmbedder()
  const open = () => {
    calls++
    return Promise.resolve(inner)
  }
  const budget = new Budget(free, { calls: 0, tokens: 0, usd: 0 })
  const account = { ledger, budget, price, model: 'e' }
  const texts = ['tea in the garden', 'a walk', 'tea in the garden']
  const [tea, walk] = await new AccountedEmbedder(open, account).embed(texts)
  await ledger.open(file)
  const again = await new AccountedEmbedder(open, account).embed(['a walk', 'tea in the garden'])
  expect(again).toEqual([walk, tea])
  expect(calls).toBe(1)
  expect(ledger.current.spent.embedder!.usd).toBeGreaterThan(0)
})
