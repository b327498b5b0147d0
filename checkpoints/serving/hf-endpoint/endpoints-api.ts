import { z } from 'zod'
import { AttuneError } from '../../../common/error.js'
import type { EndpointConfig } from '../../../configs/schema.js'
import { keyVariable } from '../../../models/endpoint/check-endpoint.js'
import { nameOf } from '../../../models/endpoint/denied.js'
import { connectionWords, hideKey, wordsOf } from '../../../models/endpoint/failure.js'
import { patientFetch } from '../../hub/patient-fetch.js'
import type { ServerClient } from '../server-client.js'

/** What an endpoint serves: a repository of the Hub at a commit. */
export interface EndpointTarget {
  repository: string
  /** 40 hex digits. */
  revision: string
}

const schema = z.object({
  model: z.object({ repository: z.string(), revision: z.string().nullish() }),
  status: z.object({
    /** pending, initializing, updating, updateFailed, running, paused, failed, scaledToZero */
    state: z.string(),
    message: z.string().nullish(),
    /** Absent before it was deployed. */
    url: z.string().nullish(),
  }),
  healthRoute: z.string().nullish(),
})

/** How an endpoint stands, as the API tells it. */
export type EndpointState = z.infer<typeof schema>

/**
 * The management API of Hugging Face Inference Endpoints, as far as `get_inference_endpoint`,
 * `update_inference_endpoint(repository, revision)` and `resume_inference_endpoint` of huggingface_hub 1.33 use it. All of
 * it may be sent twice. Errors: HF_ENDPOINT_REFUSED, MODEL_UNREACHABLE; the signal's reason when aborted.
 */
export class EndpointsApi {
  readonly #path: string
  readonly #send: typeof fetch

  constructor(
    private readonly client: ServerClient,
    endpoint: NonNullable<EndpointConfig['endpoint']>,
  ) {
    this.#path = `${endpoint.api.replace(/\/+$/, '')}/endpoint/${endpoint.namespace}/${endpoint.name}`
    const { config, options } = client
    this.#send = patientFetch({
      retries: config.retries,
      ...(options.backoffMs !== undefined && { backoffMs: options.backoffMs }),
      fetch: (input, init) => {
        const timeout = AbortSignal.timeout(config.timeoutSeconds * 1000)
        return fetch(input, {
          ...init,
          signal: init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout,
        })
      },
    })
  }

  look(signal?: AbortSignal): Promise<EndpointState> {
    return this.#call('GET', '', undefined, 'tell how it stands', signal)
  }

  move({ repository, revision }: EndpointTarget, signal?: AbortSignal): Promise<EndpointState> {
    return this.#call('PUT', '', { model: { repository, revision } }, `move to ${repository}`, signal)
  }

  /** Nothing happens where it is not paused. */
  async resume(signal?: AbortSignal): Promise<EndpointState> {
    try {
      return await this.#call('POST', '/resume', undefined, 'resume', signal)
    } catch (error) {
      if (!AttuneError.is(error) || error.code !== 'HF_ENDPOINT_REFUSED') throw error
      const state = await this.look(signal)
      if (state.status.state === 'paused') throw error
      return state
    }
  }

  async #call(
    method: string,
    path: string,
    body: object | undefined,
    what: string,
    signal?: AbortSignal,
  ): Promise<EndpointState> {
    const { key, name, config } = this.client
    const said = (words: string): string => hideKey(words, key)
    try {
      const response = await this.#send(this.#path + path, {
        method,
        headers: {
          authorization: `Bearer ${key ?? ''}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
        redirect: 'error',
      })
      const text = await response.text()
      if (response.ok) return schema.parse(JSON.parse(text))
      if (response.status < 500) throw this.#refused(what, response.status, said(wordsOf(text)))
      throw new Error(`status ${response.status}: ${said(wordsOf(text))}`)
    } catch (error) {
      signal?.throwIfAborted()
      if (AttuneError.is(error)) throw error
      const odd = error instanceof SyntaxError || error instanceof z.ZodError
      const why = odd ? 'an answer in a form that attune does not know' : said(connectionWords(error))
      const message = `the endpoint of ${nameOf(name, config)} could not be asked to ${what}: ${why}`
      throw new AttuneError('MODEL_UNREACHABLE', 'model', message, {
        key: `models.${name}.endpoint`,
        hint: 'run the same command again: it goes on from here',
        cause: error,
      })
    }
  }

  #refused(what: string, status: number, words: string): AttuneError {
    const { name, config } = this.client
    const message = `the endpoint of ${nameOf(name, config)} refused to ${what} with status ${status}${words === '' ? '' : `: ${words}`}`
    return new AttuneError('HF_ENDPOINT_REFUSED', 'model', message, {
      key: `models.${name}.endpoint`,
      hint: hints.get(status)?.(keyVariable(config) ?? 'HF_TOKEN') ?? 'correct what it tells, then run again',
    })
  }
}

const token = (variable: string): string =>
  `check the token in the environment variable ${variable}: it must be allowed to manage Inference Endpoints of this namespace`
const hints = new Map([
  [401, token],
  [403, token],
  [402, () => 'add a payment method or credits to the account, then run again'],
  [404, () => 'check `namespace` and `name`: attune moves endpoints, and creates none'],
])
