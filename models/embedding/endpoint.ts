import type { InferenceClient, InferenceProviderOrPolicy } from '@huggingface/inference'
import type { EndpointConfig } from '../../configs/schema.js'
import { Caller, type EndpointOptions } from '../endpoint/caller.js'
import { baseUrl } from '../endpoint/base-url.js'
import { estimateTokens } from '../endpoint/chat-request.js'
import { UnusableAnswer } from '../endpoint/failure.js'
import { inferenceClient } from '../endpoint/inference-client.js'
import { onAbort } from '../endpoint/on-abort.js'
import type { Wire } from '../endpoint/wire.js'
import { embedBatched } from './batched.js'
import type { Embedder } from './embedder.js'
import { normalise } from './normalise.js'

/** Texts of one call: what the strictest providers take. */
const BATCH = 32

/** An embedding model behind an endpoint: `/embeddings` of an OpenAI-compatible server, or an Inference Provider. */
export class EndpointEmbedder implements Embedder {
  readonly id: string
  #dim = 0
  readonly #client: InferenceClient

  private constructor(private readonly caller: Caller) {
    const { model, url, provider } = caller.config
    this.id = `${url ?? provider ?? 'auto'} ${model}`
    this.#client = inferenceClient(caller.key)
  }

  get dim(): number {
    return this.#dim
  }

  /**
   * Makes one short call, so that a wrong key or model is found before anything else is paid for.
   *
   * @param name of the entry of `models`, for messages
   * @throws AttuneError PROVIDER_UNKNOWN, MODEL_KEY_MISSING, MODEL_DENIED, MODEL_UNREACHABLE
   */
  static async open(
    name: string,
    config: EndpointConfig,
    options?: EndpointOptions,
  ): Promise<EndpointEmbedder> {
    const embedder = new EndpointEmbedder(new Caller(name, config, options))
    const [vector] = await embedder.#call(['dimensions'])
    embedder.#dim = vector!.length
    return embedder
  }

  /**
   * When a batch fails, those that wait are not sent.
   *
   * @throws AttuneError MODEL_DENIED, MODEL_UNREACHABLE (kind `model`); the signal's reason when aborted
   */
  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const stop = new AbortController()
    const release = onAbort(signal, () => stop.abort(signal?.reason))
    try {
      return await embedBatched(texts, BATCH, this.#dim, (batch) => this.#call(batch, stop))
    } finally {
      release()
    }
  }

  #call(batch: string[], stop = new AbortController()): Promise<Float32Array[]> {
    const tokens = estimateTokens(batch.join('\n'))
    return this.caller.call({
      address: ['embed', ...batch],
      tokens,
      waiting: stop.signal,
      flight: stop.signal,
      onFailure: (error) => stop.abort(error),
      attempt: async (wire) => ({ value: this.#check(await this.#attempt(batch, wire), batch), tokens }),
    })
  }

  async #attempt(batch: string[], wire: Wire): Promise<unknown> {
    const { model, url, provider } = this.caller.config
    if (url === null) {
      const args = { model, provider: (provider ?? 'auto') as InferenceProviderOrPolicy, inputs: batch }
      const options = { fetch: wire.fetch, signal: wire.signal, retry_on_error: false }
      return this.#client.featureExtraction(args, options)
    }
    const { key } = this.caller
    const response = await wire.fetch(`${baseUrl(url)}/embeddings`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ model, input: batch }),
    })
    const { data } = (await response.json()) as { data?: { index?: number; embedding?: unknown }[] }
    if (!Array.isArray(data)) return undefined
    return data.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)).map(({ embedding }) => embedding)
  }

  #check(found: unknown, batch: readonly string[]): Float32Array[] {
    if (!Array.isArray(found) || found.length !== batch.length)
      throw new UnusableAnswer(`the answer is no list of ${batch.length} embeddings`)
    const vectors = found.map((each) => normalise(meanOf(each)))
    const dim = this.#dim || (vectors[0]?.length ?? 0)
    if (dim === 0 || vectors.some(({ length }) => length !== dim))
      throw new UnusableAnswer('the embeddings of the answer are of different length')
    return vectors
  }
}

/** A vector as it is; a list of vectors, one a token, as their mean. */
function meanOf(value: unknown): number[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new UnusableAnswer('an embedding of the answer is no list')
  if (value.every((each) => typeof each === 'number')) return value
  const parts = value.map(meanOf)
  return parts[0]!.map((_, i) => parts.reduce((sum, part) => sum + (part[i] ?? NaN), 0) / parts.length)
}
