import type { InferenceClient, InferenceProviderOrPolicy } from '@huggingface/inference'
import type { EndpointConfig } from '../../configs/schema.js'
import type { ChatModel, GenerateOptions, GenerateReply, GenerateRequest } from '../chat-model.js'
import { baseUrl } from './base-url.js'
import { Caller, type EndpointOptions } from './caller.js'
import { readCompletion, toReply } from './chat-reply.js'
import { chatFields, estimatePrompt } from './chat-request.js'
import { readStream } from './chat-stream.js'
import { nameOf } from './denied.js'
import { inferenceClient } from './inference-client.js'
import { onAbort } from './on-abort.js'
import type { Wire } from './wire.js'

interface Flight {
  waiting: AbortSignal
  flight: AbortSignal
  onFailure: (error: unknown) => void
  onFailedAttempt: GenerateOptions['onFailedAttempt']
}

/**
 * A chat model behind an endpoint: a Hugging Face Inference Provider, or any OpenAI-compatible server.
 *
 * One instance is one entry of `models`. Its limits hold over all who use it, so roles of one process share it.
 * `exclude` and `minP` of requests are for local models; `body: { min_p: ... }` sets the latter where a server has it.
 */
export class EndpointModel implements ChatModel {
  readonly id: string
  readonly #caller: Caller
  readonly #client: InferenceClient
  readonly #named: string

  /**
   * @param name of the entry, for messages
   * @param options `id` names the weights, by default the model's name
   * @throws AttuneError PROVIDER_UNKNOWN, MODEL_KEY_MISSING (kind `config`)
   */
  constructor(
    readonly name: string,
    readonly config: EndpointConfig,
    private readonly options: EndpointOptions & { id?: string } = {},
  ) {
    this.id = options.id ?? config.model
    this.#caller = new Caller(name, config, options)
    this.#client = inferenceClient(this.#caller.key)
    this.#named = nameOf(name, config)
  }

  /**
   * All requests are made at once, as far as the limits allow. When one fails, those under way are waited for and the
   * others are not made.
   *
   * @throws AttuneError of kind `model`: MODEL_DENIED (no attempt can succeed), MODEL_UNREACHABLE (all attempts
   *   failed), MODEL_REFUSED (it gave no text); the signal's reason when aborted
   */
  async generate(
    requests: readonly GenerateRequest[],
    { signal, keepInFlight = false, onFailedAttempt }: GenerateOptions = {},
  ): Promise<GenerateReply[]> {
    const waiting = new AbortController()
    const flight = new AbortController()
    const release = onAbort(signal, () => {
      waiting.abort(signal?.reason)
      if (!keepInFlight) flight.abort(signal?.reason)
    })
    const onFailure = (error: unknown): void => waiting.abort(error)
    try {
      const signals = { waiting: waiting.signal, flight: flight.signal, onFailure, onFailedAttempt }
      return await allSettled(requests.map((request) => this.#reply(request, signals)))
    } finally {
      release()
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /**
   * Other weights behind the same endpoint, within the same limits.
   *
   * @param weights `id` names them; `model` and `body` are what requests say to be answered by them
   */
  with({ id, ...changes }: { id: string } & Partial<Pick<EndpointConfig, 'model' | 'body'>>): EndpointModel {
    const options = { ...this.options, limiter: this.#caller.limiter, id }
    return new EndpointModel(this.name, { ...this.config, ...changes }, options)
  }

  async #reply(request: GenerateRequest, signals: Flight): Promise<GenerateReply> {
    const { n } = request
    const each = (count: number, from: number): Promise<GenerateReply[]> =>
      allSettled(Array.from({ length: count }, (_, i) => this.#call(request, 1, from + i, signals)))
    let replies: GenerateReply[]
    // greedy replies are all the same, and vLLM denies several of them
    if (this.config.severalReplies && n > 1 && request.sampling.temperature > 0) {
      const first = await this.#call(request, n, 0, signals)
      // some servers give one reply whatever `n` is
      replies = [first, ...(await each(Math.max(0, n - first.choices.length), 1))]
    } else replies = await each(n, 0)
    const cached = replies.flatMap(({ cachedTokens }) => cachedTokens ?? [])
    return {
      choices: replies.flatMap(({ choices }) => choices).slice(0, n),
      promptTokens: sum(replies.map(({ promptTokens }) => promptTokens)),
      ...(cached.length > 0 && { cachedTokens: sum(cached) }),
    }
  }

  #call(request: GenerateRequest, n: number, extra: number, signals: Flight): Promise<GenerateReply> {
    return this.#caller.call({
      address: [...request.address, extra],
      tokens: estimatePrompt(request) + n * request.sampling.maxTokens,
      ...signals,
      attempt: async (wire) => {
        const value = await this.#attempt(request, n, extra, wire)
        const written = sum(value.choices.map(({ completionTokens }) => completionTokens))
        return { value, tokens: value.promptTokens + written }
      },
    })
  }

  async #attempt(request: GenerateRequest, n: number, extra: number, wire: Wire): Promise<GenerateReply> {
    const { model, url, provider, stream } = this.config
    const where =
      url === null
        ? { model, provider: (provider ?? 'auto') as InferenceProviderOrPolicy }
        : { endpointUrl: chatUrl(url) }
    const args = { ...chatFields(this.config, request, n, extra), ...where }
    const options = { fetch: wire.fetch, signal: wire.signal, retry_on_error: false }
    const raw = stream
      ? await readStream(
          this.#client.chatCompletionStream({ ...args, stream_options: { include_usage: true } }, options),
        )
      : readCompletion(await this.#client.chatCompletion(args, options))
    return toReply(this.#named, raw, request)
  }
}

export function chatUrl(url: string): string {
  const base = baseUrl(url)
  return base.endsWith('/chat/completions') ? base : `${base}/chat/completions`
}

/** As Promise.all, but waits for all of them, since each is paid for. */
async function allSettled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(promises)
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
