import type { EndpointConfig } from '../../configs/schema.js'
import { onAbort } from './on-abort.js'
import { SlidingWindow } from './sliding-window.js'

/** The right to make one call. */
export interface Ticket {
  /** Ends the call. @param tokens what it really used, prompt and replies together */
  leave(tokens: number): void
}

interface Waiting {
  tokens: number
  admit: (ticket: Ticket) => void
}

/**
 * Keeps calls within the limits of a server: calls under way, requests and tokens of any minute. First come, first
 * served, so that none starves. Tokens count as estimated until the call has ended.
 */
export class Limiter {
  readonly #queue: Waiting[] = []
  readonly #requests: SlidingWindow | undefined
  readonly #tokens: SlidingWindow | undefined
  #underWay = 0
  #heldUntil = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly limits: EndpointConfig['limits'],
    minuteMs?: number,
  ) {
    const { requestsPerMinute, tokensPerMinute } = limits
    if (requestsPerMinute !== null) this.#requests = new SlidingWindow(requestsPerMinute, minuteMs)
    if (tokensPerMinute !== null) this.#tokens = new SlidingWindow(tokensPerMinute, minuteMs)
  }

  /**
   * Waits for the right to make a call of about `tokens` tokens.
   *
   * @throws the signal's reason when it is aborted first
   */
  enter(tokens: number, signal: AbortSignal): Promise<Ticket> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(reasonOf(signal))
      const waiting: Waiting = {
        tokens,
        admit: (ticket) => {
          release()
          resolve(ticket)
        },
      }
      const release = onAbort(signal, () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1)
        reject(reasonOf(signal))
        this.#admit()
      })
      this.#queue.push(waiting)
      this.#admit()
    })
  }

  /** Admits nobody for so long: the server asked to be left alone. */
  hold(ms: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, performance.now() + ms)
  }

  #admit(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#queue[0] !== undefined && this.#underWay < this.limits.concurrent) {
      const now = performance.now()
      const wait = Math.max(
        this.#heldUntil - now,
        this.#requests?.waitFor(1, now) ?? 0,
        this.#tokens?.waitFor(this.#queue[0].tokens, now) ?? 0,
      )
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#admit(), Math.ceil(wait))
        return
      }
      const { tokens, admit } = this.#queue.shift()!
      admit(this.#ticket(tokens, now))
    }
  }

  #ticket(tokens: number, now: number): Ticket {
    this.#underWay++
    this.#requests?.add(1, now)
    const share = this.#tokens?.add(tokens, now)
    return {
      leave: (used) => {
        this.#underWay--
        if (share !== undefined) share.amount = used
        this.#admit()
      },
    }
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason as Error
}
