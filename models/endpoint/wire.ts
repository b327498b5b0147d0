import { retryAfterOf } from './retry-wait.js'

/** What an attempt saw of its server. */
export interface Seen {
  status: number
  /** Milliseconds; null: not told. */
  retryAfter: number | null
  requestId: string | null
  /** Undefined for a stream. */
  text: string | undefined
}

export interface Wire {
  /** To be used for everything that is sent. */
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  /** The last answer, if there was one. */
  readonly seen: Seen | undefined
}

/**
 * A `fetch` for one attempt: keeps status and headers, reads bodies to their end (so that they are under the same
 * time limit), and adds the fields of `extra` to what is sent, null taking a field out.
 */
export class RecordingWire implements Wire {
  seen: Seen | undefined

  constructor(
    readonly signal: AbortSignal,
    private readonly extra: Readonly<Record<string, unknown>>,
    private readonly send: typeof fetch,
  ) {}

  readonly fetch: typeof fetch = async (input, init) => {
    this.seen = undefined
    const body = typeof init?.body === 'string' ? { body: this.#withExtra(init.body) } : {}
    const response = await this.send(input, { ...init, ...body, signal: this.signal })
    const { status, headers } = response
    const requestId = headers.get('x-request-id')
    this.seen = { status, retryAfter: retryAfterOf(headers), requestId, text: undefined }
    if (response.ok && headers.get('content-type')?.startsWith('text/event-stream') === true) return response
    const text = await response.text()
    this.seen.text = text
    // a status such as 204 takes no body, not even an empty one
    return new Response(text === '' ? null : text, { status, headers })
  }

  #withExtra(body: string): string {
    const fields = Object.entries({ ...(JSON.parse(body) as Record<string, unknown>), ...this.extra })
    return JSON.stringify(Object.fromEntries(fields.filter(([, value]) => value !== null)))
  }
}
