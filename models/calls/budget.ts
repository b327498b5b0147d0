import { AttuneError } from '../../common/error.js'
import type { BudgetConfig } from '../../configs/schema.js'

/** What one call may come to at most, or came to. */
export interface Cost {
  tokens: number
  usd: number
}

/**
 * The cap on what a run may spend. A call reserves the most it can cost and is let through only while that stays under
 * the cap, so the cap is never passed; while others are under way it waits for what they leave.
 */
export class Budget {
  #calls: number
  #tokens: number
  #usd: number
  readonly #reserved = new Set<Cost>()
  #waiting: (() => void)[] = []

  /** @param spent by earlier processes of the same run */
  constructor(
    private readonly caps: BudgetConfig,
    spent: { calls: number } & Cost,
  ) {
    this.#calls = spent.calls
    this.#tokens = spent.tokens
    this.#usd = spent.usd
  }

  /**
   * @param most what the call can cost at most
   * @returns to be called with what it did cost, 0 for a failure
   * @throws AttuneError BUDGET_REACHED (kind `usage`) when the call could pass a cap; the signal's reason when aborted
   */
  async reserve(most: Cost, signal?: AbortSignal): Promise<(cost: Cost | null) => void> {
    for (;;) {
      signal?.throwIfAborted()
      const passed = this.#passedBy(most)
      if (passed === null) break
      if (this.#reserved.size === 0) throw this.#reached(passed)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#reserved.add(most)
    return (cost) => {
      if (!this.#reserved.delete(most)) return
      if (cost) {
        this.#calls += 1
        this.#tokens += cost.tokens
        this.#usd += cost.usd
      }
      const waiting = this.#waiting
      this.#waiting = []
      for (const go of waiting) go()
    }
  }

  #passedBy(most: Cost): keyof BudgetConfig | null {
    const { calls, tokens, usd } = this.caps
    const held = [...this.#reserved]
    const sum = (of: (cost: Cost) => number): number =>
      held.reduce((total, cost) => total + of(cost), of(most))
    if (calls !== null && this.#calls + held.length + 1 > calls) return 'calls'
    if (tokens !== null && this.#tokens + sum((cost) => cost.tokens) > tokens) return 'tokens'
    if (usd !== null && this.#usd + sum((cost) => cost.usd) > usd) return 'usd'
    return null
  }

  #reached(cap: keyof BudgetConfig): AttuneError {
    const spent = `${this.#calls} calls, ${this.#tokens} tokens, ${this.#usd.toFixed(4)} USD`
    return new AttuneError(
      'BUDGET_REACHED',
      'usage',
      `the next call could pass budget.${cap} (${this.caps[cap]}); spent so far: ${spent}`,
      {
        key: `budget.${cap}`,
        hint: 'Everything paid for is kept. Raise it and run the same command again to go on.',
      },
    )
  }
}
