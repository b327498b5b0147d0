import type { Address } from '../common/random.js'

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** How a reply is drawn. */
export interface Sampling {
  /** 0 is greedy; above 0 divides the logits. */
  temperature: number
  /** Tokens less likely than `minP` times the likeliest one are never drawn, 0..1 (arXiv 2407.01082). */
  minP: number
  /** Most tokens of one reply, end of sequence included. */
  maxTokens: number
}

/** One prompt, of which `n` replies are wanted. */
export interface GenerateRequest {
  messages: readonly ChatMessage[]
  /** Replies wanted, >= 1, drawn independently of each other. */
  n: number
  sampling: Sampling
  /** Addresses the draws: the same request at the same address gives the same replies where the backend allows it. */
  address: Address
  /** Replies that must not come, e.g. `No Recommendation` where the assistant has to speak. */
  exclude?: readonly string[]
}

export interface Choice {
  text: string
  finishReason: 'stop' | 'length'
  completionTokens: number
  /** Sum of the log-probabilities of the reply's tokens under the model at temperature 1, if the backend knows it. */
  logProb?: number
}

export interface GenerateReply {
  /** Exactly `n` of the request, in the order drawn. */
  choices: Choice[]
  promptTokens: number
}

export interface GenerateOptions {
  signal?: AbortSignal
}

/**
 * What writes text. A batch in, a batch out, replies in the order of the requests; the backend batches (local) or
 * limits concurrency (endpoint) on its own.
 */
export interface ChatModel {
  /** Names the weights: a model id, or a checkpoint's id. */
  readonly id: string
  /** @throws AttuneError of kind `model` when a reply could not be had. */
  generate(requests: readonly GenerateRequest[], options?: GenerateOptions): Promise<GenerateReply[]>
  /** Frees sessions and memory. The model is not used afterwards. */
  close(): Promise<void>
}
