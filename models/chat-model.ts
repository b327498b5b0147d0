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
  /** Nucleus sampling: the least set of likeliest tokens that holds this probability, 0..1. @default 1 */
  topP?: number
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
  /** Replies that must not come, e.g. `No Recommendation` where the assistant has to speak; local models only. */
  exclude?: readonly string[]
  /** The reply is to be JSON of this form; a server that cannot enforce it gets what the prompt says. */
  json?: JsonFormat
}

/** A form of JSON, in the subset of JSON Schema that servers take: every property required, no further ones. */
export interface JsonFormat {
  /** Letters, digits, dash and underscore. */
  name: string
  schema: Readonly<Record<string, unknown>>
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
  /** Prompt tokens that the server had cached, of `promptTokens`. */
  cachedTokens?: number
}

/** An attempt at a call that yielded nothing. */
export interface FailedAttempt {
  /** HTTP status; null for a broken connection or a time-out. */
  status: number | null
  /** What the server or the connection said, without secrets. */
  message: string
  /** From 1. */
  attempt: number
  /** Wait before the next attempt; null: this was the last one. */
  waitMs: number | null
}

export interface GenerateOptions {
  signal?: AbortSignal
  /** After an abort nothing more is sent, but a call under way is waited for: its reply is paid. */
  keepInFlight?: boolean
  /** Told of every failed attempt, so that it goes on record. */
  onFailedAttempt?: (attempt: FailedAttempt) => void
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
