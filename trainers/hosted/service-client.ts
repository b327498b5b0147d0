import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import { randomAt } from '../../common/random.js'
import { secondsTold } from '../../common/seconds-told.js'

export interface ClientOptions {
  /** Backend name, for messages. */
  service: string
  /** Base URL without a slash at its end. */
  url: string
  key: string
  /** Environment variable that the key comes from, for messages. */
  keyVariable: string
  /** Further attempts of calls that may be repeated. */
  retries: number
  fetch?: typeof fetch
  /** Most of the first wait, milliseconds. @default 1000 */
  backoffMs?: number
  /** Longest wait for an answer, milliseconds. @default 60000 */
  timeoutMs?: number
  /** Header that carries the key. @default 'authorization', as `Bearer ...` */
  keyHeader?: 'authorization' | 'api-key'
  /** The service's own errors in words of their own; null: the general ones. */
  explain?: (status: number, body: string) => AttuneError | null
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the base URL, or a whole URL (then without the key, as for signed uploads). */
  path: string
  /** Sent as JSON unless it is form data, text or bytes. */
  body?: unknown
  headers?: Record<string, string>
  /** Whether it may be sent again without harm. @default true for GET, false for everything else */
  repeatable?: boolean
  signal?: AbortSignal | undefined
}

const REPEATED = new Set([408, 425, 429])

/** HTTP with a fine-tuning service: what may be repeated is repeated, what costs money is sent once. */
export class ServiceClient {
  constructor(private readonly options: ClientOptions) {}

  /**
   * @returns the answer's JSON, checked
   * @throws AttuneError TRAINER_DENIED (401, 403), TRAINER_CREDITS (402), TRAINER_NOT_FOUND (404), TRAINER_CONFLICT (409),
   *   TRAINER_REFUSED (other 4xx), TRAINER_ANSWER_LOST (a call that may not be repeated had no proper answer),
   *   TRAINER_UNREACHABLE, TRAINER_ANSWER_INVALID; the signal's reason when aborted
   */
  async json<T>(call: Call, schema: z.ZodType<T>): Promise<T> {
    const response = await this.send(call)
    const text = await response.text().catch(async (error: unknown) => {
      call.signal?.throwIfAborted()
      throw await this.#failure(call, error)
    })
    try {
      return schema.parse(JSON.parse(text))
    } catch (cause) {
      const message = `${this.options.service} answered ${call.method ?? 'GET'} ${call.path} in a form that attune does not know`
      const code = repeatable(call) ? 'TRAINER_ANSWER_INVALID' : 'TRAINER_ANSWER_LOST'
      throw new AttuneError(code, 'trainer', message, {
        hint: 'Is the address right, and of this service?',
        cause,
      })
    }
  }

  /** As {@link json}, for answers of any kind. Redirects are not followed. */
  async send(call: Call): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      call.signal?.throwIfAborted()
      const outcome = await this.#attempt(call)
      if (outcome instanceof Response && outcome.status < 400) return outcome
      const again = !(outcome instanceof Response) || REPEATED.has(outcome.status) || outcome.status >= 500
      // a refusal by status was not acted on, but 5xx and silence may have been
      const harmless = repeatable(call) || (outcome instanceof Response && outcome.status === 429)
      if (!again || !harmless || attempt >= this.options.retries) throw await this.#failure(call, outcome)
      await this.#wait(call, attempt, outcome)
    }
  }

  async #attempt({ method = 'GET', path, body, headers = {}, signal }: Call): Promise<unknown> {
    const whole = /^https?:/.test(path)
    const own = whole ? {} : this.#keyHeader()
    const plain =
      typeof body === 'string' ||
      body instanceof FormData ||
      body instanceof Uint8Array ||
      body instanceof Blob
    const json = body !== undefined && !plain
    const timeout = AbortSignal.timeout(this.options.timeoutMs ?? 60_000)
    try {
      return await (this.options.fetch ?? fetch)(whole ? path : `${this.options.url}${path}`, {
        method,
        headers: { ...own, ...(json && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && {
          body: json ? JSON.stringify(body) : body,
        }),
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
    } catch (error) {
      signal?.throwIfAborted()
      return error
    }
  }

  #keyHeader(): Record<string, string> {
    const key = this.options.key.trim()
    return this.options.keyHeader === 'api-key' ? { 'api-key': key } : { authorization: `Bearer ${key}` }
  }

  async #wait({ path, signal }: Call, attempt: number, outcome: unknown): Promise<void> {
    const told = outcome instanceof Response ? secondsTold(outcome.headers) : 0
    const most = (this.options.backoffMs ?? 1000) * 2 ** Math.min(attempt, 6)
    const wait = told > 0 ? told * 1000 : most * randomAt(path, 'backoff', attempt).next()
    await sleep(wait, undefined, signal && { signal }).catch(() => undefined)
  }

  async #failure(call: Call, outcome: unknown): Promise<AttuneError> {
    const { service, keyVariable } = this.options
    const what = `${call.method ?? 'GET'} ${call.path.split('?')[0]}`
    if (!(outcome instanceof Response) || outcome.status >= 500) {
      const why = outcome instanceof Response ? `status ${outcome.status}` : reasonOf(outcome)
      const lost = !repeatable(call)
      return new AttuneError(
        lost ? 'TRAINER_ANSWER_LOST' : 'TRAINER_UNREACHABLE',
        'trainer',
        lost
          ? `${service} did not say what became of ${what} (${why})`
          : `${service} could not be reached by ${what} (${why})`,
        { hint: 'Run the same command again: what was begun is looked up, not paid twice.' },
      )
    }
    const { status } = outcome
    const body = await outcome.text().catch(() => '')
    const explained = this.options.explain?.(status, body)
    if (explained) return explained
    const said = words(body)
    const message = `${service} refused ${what} with status ${status}${said === '' ? '' : `: ${said}`}`
    if (status === 401 || status === 403)
      return new AttuneError('TRAINER_DENIED', 'trainer', message, {
        hint: `Check the key in the environment variable ${keyVariable}, and what it may do.`,
      })
    if (status === 402)
      return new AttuneError('TRAINER_CREDITS', 'trainer', message, {
        hint: 'Add credits to the account, then run again.',
      })
    const code =
      status === 404 ? 'TRAINER_NOT_FOUND' : status === 409 ? 'TRAINER_CONFLICT' : 'TRAINER_REFUSED'
    return new AttuneError(code, 'trainer', message, {
      hint: 'Correct what the service tells, then run again.',
    })
  }
}

const repeatable = ({ method = 'GET', repeatable: told }: Call): boolean => told ?? method === 'GET'

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

/** What an error body says, whichever shape it has, at most 300 characters. */
function words(body: string): string {
  let said = body
  try {
    const value = JSON.parse(body) as { error?: unknown; detail?: unknown; message?: unknown }
    const inner = value.error ?? value.detail ?? value.message ?? body
    const told = typeof inner === 'object' && inner !== null && 'message' in inner ? inner.message : inner
    said = typeof told === 'string' ? told : JSON.stringify(told)
  } catch {
    // plain text
  }
  return said.replaceAll(/\s+/g, ' ').trim().slice(0, 300)
}
