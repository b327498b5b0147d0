import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Budget } from '../../../models/calls/budget.js'

const NOTHING = { calls: 0, tokens: 0, usd: 0 }
const caps = (of: Partial<Record<'calls' | 'tokens' | 'usd', number>>) => ({
  calls: null,
  tokens: null,
  usd: null,
  ...of,
})

it('lets calls through until the next one could pass the cap, and says what was spent', async () => {
  const budget = new Budget(caps({ usd: 1 }), { calls: 3, tokens: 100, usd: 0.5 })
  const settle = await budget.reserve({ tokens: 10, usd: 0.4 })
  settle({ tokens: 8, usd: 0.3 })
  await expect(budget.reserve({ tokens: 10, usd: 0.25 })).rejects.toMatchObject({
    code: 'BUDGET_REACHED',
    message: expect.stringContaining('4 calls, 108 tokens, 0.8000 USD') as string,
    details: { key: 'budget.usd' },
  })
})

it('waits for what calls under way leave, rather than to stop too soon', async () => {
  const budget = new Budget(caps({ tokens: 100 }), NOTHING)
  const first = await budget.reserve({ tokens: 90, usd: 0 })
  let through = false
  const second = budget.reserve({ tokens: 50, usd: 0 }).then((settle) => {
    through = true
    return settle
  })
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(through).toBe(false)
  first({ tokens: 20, usd: 0 })
  await second
  expect(through).toBe(true)
})

it('a call that failed costs nothing', async () => {
  const budget = new Budget(caps({ calls: 1 }), NOTHING)
  const settle = await budget.reserve({ tokens: 1, usd: 0 })
  settle(null)
  await budget.reserve({ tokens: 1, usd: 0 })
})

it('is never passed, however many calls are under way and whatever they cost below their most', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: 1,
        maxLength: 30,
      }),
      fc.integer({ min: 1, max: 200 }),
      async (calls, cap) => {
        const budget = new Budget(caps({ tokens: cap }), NOTHING)
        let spent = 0
        await Promise.allSettled(
          calls.map(async ([most, share]) => {
            const settle = await budget.reserve({ tokens: most, usd: 0 })
            await Promise.resolve()
            const tokens = Math.floor(most * share)
            spent += tokens
            settle({ tokens, usd: 0 })
          }),
        )
        expect(spent).toBeLessThanOrEqual(cap)
      },
    ),
  )
})
