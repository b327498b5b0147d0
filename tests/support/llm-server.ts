import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { answer, completion, PrefixCache, streamEvents, tokensOf } from './llm/answer.js'
import { drawFault } from './llm/faults.js'
import type { ChatBody, Fault, LlmServerOptions, LoggedRequest } from './llm/types.js'
import { objection } from './llm/validate.js'

export type { ChatBody, Fault, FaultShares, FullReply, LlmServerOptions, LoggedRequest } from './llm/types.js'

export interface LlmServer {
  /** Base URL, ends in `/v1`. */
  readonly url: string
  /** Everything that was asked, in order of arrival. */
  readonly requests: LoggedRequest[]
  /** Most requests that were under way at once. */
  readonly concurrentPeak: number
  close(): Promise<void>
}

/**
 * A server on 127.0.0.1 that speaks OpenAI's protocol: `/v1/chat/completions` (at once and streamed, `n`, usage with
 * cached tokens, errors in its JSON shape), `/v1/embeddings` and `/v1/models`. What it says is a function given.
 */
export async function startLlmServer(options: LlmServerOptions): Promise<LlmServer> {
  const requests: LoggedRequest[] = []
  const attempts = new Map<string, number>()
  const cache = new PrefixCache()
  const accepted: number[] = []
  const started = performance.now()
  let underWay = 0
  let peak = 0

  const server = createServer((request, response) => {
    underWay++
    peak = Math.max(peak, underWay)
    response.once('close', () => underWay--)
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) fail(response, { status: 500, message: String(error) })
    })
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request)
    const path = request.url ?? ''
    const body = (text === '' ? {} : JSON.parse(text)) as ChatBody
    const at = performance.now() - started
    const entry: LoggedRequest = { path, headers: request.headers, body, at, outcome: 'under way' }
    const i = requests.push(entry) - 1
    response.setHeader('x-request-id', `req_${i}`)
    const refuse = (error: HttpError): void => {
      entry.outcome = String(error.status)
      fail(response, error)
    }

    if (options.apiKey !== undefined && request.headers.authorization !== `Bearer ${options.apiKey}`) {
      const given = request.headers.authorization ?? 'none'
      return refuse({
        status: 401,
        message: `Incorrect API key provided: ${given}.`,
        code: 'invalid_api_key',
      })
    }
    const wait = overLimit(at)
    if (wait !== undefined) {
      const headers = { 'retry-after': String(Math.max(1, Math.ceil(wait / 1000))) }
      return refuse({ status: 429, message: 'Rate limit reached for requests', headers })
    }
    const attempt = attempts.get(text) ?? 0
    attempts.set(text, attempt + 1)
    const fault =
      options.faultAt?.(i, body) ?? drawFault(options.faults ?? {}, text, attempt, options.retryAfter ?? 0)
    if (options.latencyMs) await sleep(options.latencyMs)
    if (fault?.kind === 'status') return refuse(fault)
    if (fault !== undefined && (await misbehave(fault, entry, response))) return

    if (path === '/v1/models') return send(entry, response, modelList(options))
    if (options.model !== undefined && body.model !== options.model)
      return refuse({
        status: 404,
        message: `The model \`${body.model}\` does not exist`,
        code: 'model_not_found',
      })
    if (path === '/v1/embeddings') return send(entry, response, embeddings(body, options), fault)
    if (path !== '/v1/chat/completions') return refuse({ status: 404, message: `Invalid URL (POST ${path})` })
    const wrong = objection(body, options)
    if (wrong !== undefined) return refuse({ status: 400, message: wrong })

    const said = await answer(body, options, cache, fault?.kind === 'malformed')
    const withUsage = options.usage !== false
    if (body.stream === true) return stream(entry, response, streamEvents(said, body, withUsage), fault)
    send(entry, response, completion(said, body, withUsage), fault)
  }

  function overLimit(at: number): number | undefined {
    const { requestsPerMinute, minuteMs = 60_000 } = options
    if (requestsPerMinute === undefined) return undefined
    while (accepted.length > 0 && accepted[0]! <= at - minuteMs) accepted.shift()
    if (accepted.length >= requestsPerMinute) return accepted[0]! + minuteMs - at
    accepted.push(at)
    return undefined
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    get concurrentPeak() {
      return peak
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface HttpError {
  status: number
  message?: string
  code?: string
  headers?: Record<string, string>
  body?: string
}

function fail(response: ServerResponse, { status, message = '', code, headers, body }: HttpError): void {
  const error = { message, type: status >= 500 ? 'server_error' : 'invalid_request_error', param: null, code }
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body ?? JSON.stringify({ error: { ...error, code: code ?? null } }))
}

/** True when the fault was all that the client gets. */
async function misbehave(fault: Fault, entry: LoggedRequest, response: ServerResponse): Promise<boolean> {
  entry.outcome = fault.kind
  if (fault.kind === 'hang') await new Promise((resolve) => response.once('close', resolve))
  else if (fault.kind === 'cut') response.destroy()
  else if (fault.kind === 'html') {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<html><body>Just a moment...</body></html>')
  } else return false
  return true
}

function send(entry: LoggedRequest, response: ServerResponse, body: string, fault?: Fault): void {
  const half = body.slice(0, body.length >> 1)
  const type = { 'content-type': 'application/json' }
  entry.outcome = fault?.kind ?? '200'
  if (fault?.kind === 'cut-body') {
    response.writeHead(200, { ...type, 'content-length': Buffer.byteLength(body) })
    response.write(half, () => response.destroy())
  } else {
    response.writeHead(200, type)
    response.end(fault?.kind === 'half' ? half : body)
  }
}

function stream(entry: LoggedRequest, response: ServerResponse, events: string[], fault?: Fault): void {
  entry.outcome = fault?.kind ?? '200'
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  if (fault?.kind === 'half') response.end(events.slice(0, events.length >> 1).join(''))
  else if (fault?.kind === 'cut-body') response.write(events[0] ?? '', () => response.destroy())
  else {
    for (const event of events) response.write(event)
    response.end()
  }
}

function modelList({ model = 'test' }: LlmServerOptions): string {
  return JSON.stringify({ object: 'list', data: [{ id: model, object: 'model', owned_by: 'attune' }] })
}

function embeddings(body: ChatBody, { embed = letters, usage }: LlmServerOptions): string {
  const texts = [body['input']].flat() as string[]
  const tokens = texts.reduce((sum, text) => sum + tokensOf(text), 0)
  return JSON.stringify({
    object: 'list',
    data: texts.map((text, index) => ({ object: 'embedding', index, embedding: embed(text) })),
    model: body.model,
    ...(usage !== false && { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  })
}

function letters(text: string): number[] {
  const counts = Array.from({ length: 26 }, () => 0)
  for (const letter of text.toLowerCase().matchAll(/[a-z]/g)) counts[letter[0].charCodeAt(0) - 97]! += 1
  return counts
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
