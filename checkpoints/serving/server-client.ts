import { AttuneError } from '../../common/error.js'
import type { EndpointConfig } from '../../configs/schema.js'
import { keyVariable } from '../../models/endpoint/check-endpoint.js'
import { nameOf } from '../../models/endpoint/denied.js'
import { chatUrl } from '../../models/endpoint/endpoint-model.js'
import { connectionWords, hideKey, wordsOf } from '../../models/endpoint/failure.js'
import { pause } from '../../models/endpoint/pause.js'
import { retryWait } from '../../models/endpoint/retry-wait.js'

export interface ServerClientOptions {
  /** Where keys come from. @default process.env */
  env?: NodeJS.ProcessEnv
  /** Milliseconds, most of the first backoff. @default 1000 */
  backoffMs?: number
}

export interface ServerAnswer {
  status: number
  /** The body as it came. */
  text: string
  /** What it says, where it says an error; without the key. */
  words: string
}

/** Statuses of a server that is on its way up, or has too much to do. */
const PASSING = new Set([408, 429, 502, 503, 504])

/** Talks to the server of an entry of `models` about adapters, beside chat. What is sent may be repeated. */
export class ServerClient {
  constructor(
    /** Entry of `models`, for messages. */
    readonly name: string,
    readonly config: EndpointConfig,
    readonly options: ServerClientOptions = {},
  ) {}

  /** Of the entry; undefined: it has none. */
  get key(): string | undefined {
    const { env = process.env } = this.options
    const variable = keyVariable(this.config)
    return variable === null ? undefined : env[variable]?.trim()
  }

  /**
   * @param path below the server's base URL (`/v1/...`), or below its root with a slash in front
   * @param body sent as JSON by POST; absent: GET
   * @throws AttuneError MODEL_UNREACHABLE when no attempt had an answer; the signal's reason when aborted
   */
  async call(path: string, body: object | undefined, signal?: AbortSignal): Promise<ServerAnswer> {
    const { backoffMs = 1000 } = this.options
    const { key } = this
    const never = new AbortController().signal
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#attempt(path, body, key, signal ?? never)
      if (typeof failure !== 'string') return failure
      if (attempt > this.config.retries) throw this.#unreachable(failure, attempt)
      await pause(retryWait(['adapter', path], attempt, backoffMs, null), signal ?? never)
    }
  }

  /** The refusal of an adapter. */
  refused({ status, words }: ServerAnswer, what: string, hint: string): AttuneError {
    const { name, config } = this
    const variable = keyVariable(config)
    const denied = status === 401 || status === 403
    return new AttuneError(
      'ADAPTER_REFUSED',
      'model',
      `${nameOf(name, config)} refused to ${what} with status ${status}${words === '' ? '' : `: ${words}`}`,
      {
        key: `models.${name}`,
        hint: denied
          ? `check the key in the environment variable ${variable ?? 'that `keyFrom` names'}`
          : hint,
      },
    )
  }

  /** The answer, or why there is none that counts. */
  async #attempt(
    path: string,
    body: object | undefined,
    key: string | undefined,
    signal: AbortSignal,
  ): Promise<ServerAnswer | string> {
    signal.throwIfAborted()
    const timeout = AbortSignal.timeout(this.config.timeoutSeconds * 1000)
    try {
      const response = await fetch(this.#urlOf(path), {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, timeout]),
        redirect: 'error',
      })
      const text = await response.text()
      const words = response.ok ? '' : hideKey(wordsOf(text), key)
      if (PASSING.has(response.status)) return `status ${response.status}: ${words}`
      return { status: response.status, text, words }
    } catch (error) {
      signal.throwIfAborted()
      if (timeout.aborted) return `no answer in ${this.config.timeoutSeconds} s`
      return hideKey(connectionWords(error), key)
    }
  }

  #urlOf(path: string): string {
    const base = chatUrl(this.config.url!).replace(/\/chat\/completions$/, '')
    return path.startsWith('/') ? base.replace(/\/v1$/, '') + path : `${base}/${path}`
  }

  #unreachable(failure: string, attempts: number): AttuneError {
    const { name, config } = this
    return new AttuneError(
      'MODEL_UNREACHABLE',
      'model',
      `${nameOf(name, config)} could not be asked about adapters in ${attempts === 1 ? 'one attempt' : `${attempts} attempts`}; the last one: ${failure}`,
      {
        key: `models.${name}`,
        hint: `check that a server runs at ${config.url} and run the same command again`,
      },
    )
  }
}
