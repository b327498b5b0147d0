/** Body of a chat request, as far as the server looks at it. */
export interface ChatBody {
  model: string
  messages: { role: string; content: string }[]
  n?: number
  seed?: number
  temperature?: number
  top_p?: number
  max_tokens?: number
  max_completion_tokens?: number
  stream?: boolean
  stream_options?: { include_usage?: boolean }
  response_format?: {
    type: string
    json_schema?: { name: string; strict?: boolean; schema: Record<string, unknown> }
  }
  [field: string]: unknown
}

/** A reply that is more than text: a refusal, or one without any content. */
export interface FullReply {
  text: string | null
  refusal?: string
  finishReason?: 'stop' | 'length' | 'content_filter'
}

/** What goes wrong with one request, HTTP errors in OpenAI's shape. */
export type Fault =
  | { kind: 'status'; status: number; message?: string; headers?: Record<string, string>; body?: string }
  /** The connection ends before the headers, in the body, or after the first chunk of a stream. */
  | { kind: 'cut' }
  | { kind: 'cut-body' }
  /** The stream, or the body, ends properly but half-way. */
  | { kind: 'half' }
  /** No answer at all until the client goes. */
  | { kind: 'hang' }
  /** Status 200 with an HTML page, as a proxy gives. */
  | { kind: 'html' }
  /** All is well but the text, which is cut and garbled. */
  | { kind: 'malformed' }

export interface FaultShares {
  /** Share of requests answered with 429 and Retry-After, 0..1. */
  rateLimit?: number
  /** Share answered with 500, 502 or 503. */
  serverError?: number
  /** Share whose connection is cut before the headers, or in the body. */
  cut?: number
  /** Share answered with status 200 and garbled text. */
  malformed?: number
  /** @default 1 */
  seed?: number
}

export interface LlmServerOptions {
  /** Text of choice `i` of a chat request. */
  reply: (request: ChatBody, i: number) => string | FullReply | Promise<string | FullReply>
  /** Vector of a text. @default counts of letters */
  embed?: (text: string) => number[]
  /** @default 0 */
  latencyMs?: number
  /** The same body fails in the same way at the same attempt, whatever else is asked. */
  faults?: FaultShares
  /** Fault of request `i` (from 0, in order of arrival), before `faults`. */
  faultAt?: (i: number, body: ChatBody) => Fault | undefined
  /** More in any window of a minute are answered with 429. */
  requestsPerMinute?: number
  /** Length of that minute. @default 60000 */
  minuteMs?: number
  /** Retry-After of `faults.rateLimit`, seconds. @default 0 */
  retryAfter?: number
  /** Other keys are answered with 401. */
  apiKey?: string
  /** false: one choice, whatever `n` is, as llama.cpp and Ollama do. @default true */
  supportsN?: boolean
  /** true: unknown fields and malformed schemas are answered with 400, as OpenAI does. @default false */
  strict?: boolean
  /** Fields answered with 400, e.g. `seed`. */
  refuses?: readonly string[]
  /** The only model; another is answered with 404. @default any */
  model?: string
  /** false: no `usage` in any reply. @default true */
  usage?: boolean
}

export interface LoggedRequest {
  path: string
  headers: Record<string, string | string[] | undefined>
  body: ChatBody
  /** Milliseconds since the server started. */
  at: number
  /** HTTP status, or the fault in a word. */
  outcome: string
}
