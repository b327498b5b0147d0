import { InferenceClientInputError, InferenceClientRoutingError } from '@huggingface/inference'
import { AttuneError } from '../../common/error.js'
import type { Address } from '../../common/random.js'
import type { EndpointConfig } from '../../configs/schema.js'
import type { FailedAttempt } from '../chat-model.js'
import { checkEndpoint, keyVariable } from './check-endpoint.js'
import { denied, nameOf } from './denied.js'
import { connectionWords, hideKey, mayPass, UnusableAnswer, wordsOf } from './failure.js'
import { Limiter } from './limiter.js'
import { onAbort } from './on-abort.js'
import { pause } from './pause.js'
import { retryWait } from './retry-wait.js'
import { RecordingWire, type Wire } from './wire.js'

export interface EndpointOptions {
  /** Where keys come from. @default process.env */
  env?: NodeJS.ProcessEnv
  fetch?: typeof fetch
  /** Milliseconds, most of the first backoff. @default 1000 */
  backoffMs?: number
  /** Shared with others that ask the same endpoint. @default one of its own */
  limiter?: Limiter
}

/** One request, however many attempts it takes. */
export interface Call<T> {
  /** Addresses the jitter of the backoff. */
  address: Address
  /** Estimate, prompt and reply together. */
  tokens: number
  /** Makes one attempt; all that it sends goes through `wire.fetch`. */
  attempt: (wire: Wire) => Promise<{ value: T; tokens: number }>
  /** Ends waits and backoff when aborted: nothing new is sent. */
  waiting: AbortSignal
  /** Ends an attempt under way when aborted. */
  flight: AbortSignal
  onFailedAttempt?: ((attempt: FailedAttempt) => void) | undefined
  /** Told of the last failure before the next waiting call is let through. */
  onFailure?: ((error: unknown) => void) | undefined
}

/**
 * Makes the calls of one entry of `models` within its limits, and again where they fail in a way that may pass.
 *
 * @throws AttuneError PROVIDER_UNKNOWN, MODEL_KEY_MISSING on construction
 */
export class Caller {
  /** Undefined: the server wants none. */
  readonly key: string | undefined
  /** To be shared with others that ask the same endpoint. */
  readonly limiter: Limiter
  readonly #fetch: typeof fetch
  readonly #backoffMs: number

  constructor(
    readonly name: string,
    readonly config: EndpointConfig,
    {
      env = process.env,
      fetch: send = fetch,
      backoffMs = 1000,
      limiter = new Limiter(config.limits),
    }: EndpointOptions = {},
  ) {
    const problem = checkEndpoint(name, config, env)[0]
    if (problem !== undefined) throw problem
    const variable = keyVariable(config)
    // files with keys often end in a line break, which no header takes
    this.key = variable === null ? undefined : env[variable]?.trim()
    this.limiter = limiter
    this.#fetch = send
    this.#backoffMs = backoffMs
  }

  /**
   * @throws AttuneError MODEL_DENIED, MODEL_UNREACHABLE (kind `model`); what the attempt throws of kind `model`; the
   *   signal's reason when aborted
   */
  async call<T>(call: Call<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const ticket = await this.limiter.enter(call.tokens, call.waiting)
      let used = 0
      let waitMs: number
      try {
        const outcome = await this.#attempt(call)
        if ('tokens' in outcome) {
          used = outcome.tokens
          return outcome.value
        }
        waitMs = this.#waitAfter(outcome, call, attempt)
      } finally {
        ticket.leave(used)
      }
      await pause(waitMs, call.waiting)
    }
  }

  /** Puts a failure on record; milliseconds until the next attempt. @throws the last failure */
  #waitAfter<T>({ final, ...failure }: Failure, call: Call<T>, attempt: number): number {
    const { status, message, retryAfter } = failure
    const last = final ?? (attempt > this.config.retries ? this.#unreachable(failure, attempt) : undefined)
    const waitMs = last === undefined ? retryWait(call.address, attempt, this.#backoffMs, retryAfter) : null
    call.onFailedAttempt?.({ status, message, attempt, waitMs })
    if (waitMs === null) {
      call.onFailure?.(last)
      throw last
    }
    if (retryAfter !== null) this.limiter.hold(waitMs)
    return waitMs
  }

  async #attempt<T>({ attempt, flight }: Call<T>): Promise<{ value: T; tokens: number } | Failure> {
    const stop = new AbortController()
    const limit = this.config.timeoutSeconds
    const timer = setTimeout(() => stop.abort(new UnusableAnswer(`no answer in ${limit} s`)), limit * 1000)
    const release = onAbort(flight, () => stop.abort(flight.reason))
    const { model, url, body } = this.config
    // the client takes the name of a model that begins with a slash for an address, so it is not told
    const extra = url === null ? body : { model, ...body }
    const wire = new RecordingWire(stop.signal, extra, this.#fetch)
    try {
      return await attempt(wire)
    } catch (error) {
      if (flight.aborted) throw flight.reason
      return this.#failure(wire, stop.signal.aborted ? stop.signal.reason : error)
    } finally {
      clearTimeout(timer)
      release()
      // a stream that was left half-read holds its connection
      stop.abort()
    }
  }

  #failure({ seen, signal }: Wire, error: unknown): Failure {
    const { name, config } = this
    const retryAfter = seen?.retryAfter ?? null
    const requestId = seen?.requestId ?? null
    if (AttuneError.is(error)) {
      const message = hideKey(error.message, this.key)
      return { status: seen?.status ?? null, message, retryAfter: null, final: error }
    }
    if (error instanceof InferenceClientInputError || error instanceof InferenceClientRoutingError) {
      const words = hideKey(error.message, this.key)
      return { status: null, message: words, retryAfter: null, final: denied(name, config, null, words) }
    }
    if (seen !== undefined && seen.status >= 400 && !signal.aborted) {
      const { status, text } = seen
      const words = hideKey(wordsOf(text), this.key)
      const message = words === '' ? `status ${status}` : words
      if (mayPass(status, text)) return { status, message, retryAfter }
      const final = denied(name, config, status, words, requestId)
      return { status, message, retryAfter: null, final }
    }
    const whole = seen?.text !== undefined && !signal.aborted
    const words = hideKey(connectionWords(error), this.key)
    const message = error instanceof SyntaxError ? `the answer is no JSON: ${words}` : words
    return { status: whole ? seen.status : null, message, retryAfter: null }
  }

  #unreachable({ status, message }: Failure, attempts: number): AttuneError {
    const { name, config } = this
    const tried = attempts === 1 ? 'one attempt' : `${attempts} attempts`
    const number = status === null ? '' : `status ${status}: `
    return new AttuneError(
      'MODEL_UNREACHABLE',
      'model',
      `${nameOf(name, config)} gave no reply in ${tried}; the last one: ${number}${message}`,
      { hint: unreachableHint(name, config, status), key: `models.${name}` },
    )
  }
}

interface Failure {
  status: number | null
  message: string
  retryAfter: number | null
  /** Set: no further attempt. */
  final?: AttuneError
}

function unreachableHint(name: string, { url }: EndpointConfig, status: number | null): string {
  if (status === 429)
    return `lower \`models.${name}.limits\` to what the server allows, and run the same command again`
  if (status === null && url !== null)
    return `check that a server runs at ${url} and answers within \`models.${name}.timeoutSeconds\`, and run the same command again`
  return 'run the same command again later: what was received is kept'
}
