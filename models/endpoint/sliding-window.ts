/** What a window holds of one call; the amount may be corrected when it is known. */
export interface Share {
  readonly at: number
  amount: number
}

/** Amounts of the last minute, held below a limit: no window of that length ever holds more. */
export class SlidingWindow {
  readonly #shares: Share[] = []

  /** @param length milliseconds */
  constructor(
    private readonly limit: number,
    private readonly length = 60_000,
  ) {}

  /** Milliseconds until `amount` fits; 0: now. What exceeds the limit by itself fits when all else has gone. */
  waitFor(amount: number, now: number): number {
    while (this.#shares.length > 0 && this.#shares[0]!.at <= now - this.length) this.#shares.shift()
    let held = this.#shares.reduce((sum, share) => sum + share.amount, 0)
    if (held === 0) return 0
    let wait = 0
    for (const share of this.#shares) {
      if (held + amount <= this.limit) break
      held -= share.amount
      wait = share.at + this.length - now
    }
    return wait
  }

  add(amount: number, now: number): Share {
    const share = { at: now, amount }
    this.#shares.push(share)
    return share
  }
}
