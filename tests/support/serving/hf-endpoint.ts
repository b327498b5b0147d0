import { z } from 'zod'
import type { ChatBody } from '../llm-server.js'
import { checkBody } from '../trainers/check-body.js'
import {
  type Answer,
  type Asked,
  Objection,
  playService,
  type PlayedService,
} from '../trainers/play-server.js'

export const TOKEN = 'hf_played'
export const BASE = 'tester/base-model'
export const BASE_COMMIT = 'b'.repeat(40)

export const STATES = [
  'pending',
  'initializing',
  'updating',
  'updateFailed',
  'running',
  'paused',
  'failed',
  'scaledToZero',
] as const
type State = (typeof STATES)[number]

/** A request to the management API, as it came. */
export interface Managed {
  label: string
  authorization: string | undefined
  contentType: string | undefined
  body: unknown
}

/** Fields of an update as `update_inference_endpoint` sends them for a repository and a revision. */
const update = z.strictObject({
  model: z.strictObject({
    repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
    revision: z.string().regex(/^[0-9a-f]{40}$/),
  }),
})

export interface PlayedEndpoint extends PlayedService {
  /** What the API says it stands at. */
  target: { repository: string; revision: string }
  /** What speaks: the model before goes on while the endpoint is updated. */
  speaks: string
  /** What answered chat requests, without repetitions in a row. */
  spoke: string[]
  /** What a chat request is answered. @default what speaks */
  reply: ((body: ChatBody) => string) | null
  state: State
  message: string | null
  /** States that each further look passes on to. */
  next: State[]
  /** After an update, and after it is resumed or woken. */
  updates: State[]
  starts: State[]
  managed: Managed[]
  /** Bodies of all updates that were taken. */
  moves: unknown[]
  /** Where it says that it answers. */
  told: string
  /** Whether it names the model by its repository; null: no list of models. */
  names: 'repository' | 'fixed' | null
  healthy: () => boolean
  /** Refuses targets, such as repositories that it cannot see. */
  sees: (repository: string, revision: string) => boolean
}

/** One Inference Endpoint on 127.0.0.1, its management API below /v2, strict in every request. */
export async function playHfEndpoint(): Promise<PlayedEndpoint> {
  const service = await playService(
    '',
    (asked) => route(asked, endpoint),
    (message) => ({ error: message }),
  )
  const endpoint: PlayedEndpoint = Object.assign(service, {
    target: { repository: BASE, revision: BASE_COMMIT },
    speaks: `${BASE}@${BASE_COMMIT}`,
    spoke: [],
    reply: null,
    state: 'running' as const,
    message: null,
    next: [],
    updates: ['updating', 'updating', 'running'] satisfies State[],
    starts: ['pending', 'initializing', 'running'] satisfies State[],
    managed: [],
    moves: [],
    told: service.url,
    names: 'repository' as const,
    healthy: () => true,
    sees: () => true,
  })
  return endpoint
}

function route(asked: Asked, endpoint: PlayedEndpoint): Answer {
  const { label, path, headers, text } = asked
  const { authorization, 'content-type': contentType } = headers
  if (path.startsWith('/v2/'))
    endpoint.managed.push({ label, authorization, contentType, body: text === '' ? null : JSON.parse(text) })
  if (headers.authorization !== `Bearer ${TOKEN}`) throw new Objection(401, 'Invalid credentials')
  if (path.startsWith('/v2/')) {
    if (!path.startsWith('/v2/endpoint/tester/nights')) throw new Objection(404, 'Endpoint not found')
    if (text !== '' && headers['content-type'] !== 'application/json')
      throw new Objection(400, 'Content-Type must be application/json')
    return manage(label.split(' ')[0]!, path.slice('/v2/endpoint/tester/nights'.length), text, endpoint)
  }
  if (endpoint.state === 'scaledToZero') {
    if (endpoint.next.length === 0) endpoint.next = [...endpoint.starts]
    throw new Objection(503, 'Service Unavailable')
  }
  if (['paused', 'failed', 'pending', 'initializing'].includes(endpoint.state))
    throw new Objection(503, 'Service Unavailable')
  if (label === 'GET /health') return { status: endpoint.healthy() ? 200 : 503, body: '' }
  const name = endpoint.names === 'repository' ? endpoint.speaks.split('@')[0]! : '/repository'
  if (label === 'GET /v1/models') {
    if (endpoint.names === null) throw new Objection(404, 'Not Found')
    return { status: 200, body: { object: 'list', data: [{ id: name, object: 'model' }] } }
  }
  if (label === 'POST /v1/chat/completions') {
    const body = JSON.parse(text) as ChatBody
    const { model } = body
    if (endpoint.names !== null && model !== name) throw new Objection(404, `no model ${model}`)
    const message = { role: 'assistant', content: endpoint.reply?.(body) ?? `by ${endpoint.speaks}` }
    if (endpoint.spoke.at(-1) !== endpoint.speaks) endpoint.spoke.push(endpoint.speaks)
    return {
      status: 200,
      body: {
        id: 'x',
        object: 'chat.completion',
        model,
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { prompt_tokens: 3, completion_tokens: 2 },
      },
    }
  }
  throw new Objection(404, `Cannot ${label}`)
}

function manage(method: string, path: string, text: string, endpoint: PlayedEndpoint): Answer {
  if (method === 'GET' && path === '') step(endpoint)
  else if (method === 'PUT' && path === '') {
    const { model } = checkBody(update, JSON.parse(text))
    if (!endpoint.sees(model.repository, model.revision))
      throw new Objection(400, `Repository ${model.repository} or its revision was not found`)
    endpoint.moves.push({ model })
    endpoint.target = model
    // what is at rest stays so
    if (!['paused', 'scaledToZero'].includes(endpoint.state)) {
      endpoint.next = [...endpoint.updates]
      step(endpoint)
    } else endpoint.speaks = ''
  } else if (method === 'POST' && path === '/resume') {
    if (text !== '') throw new Objection(400, 'no body is expected')
    if (endpoint.state === 'running') throw new Objection(400, 'Endpoint is already running')
    endpoint.next = [...endpoint.starts]
    step(endpoint)
  } else throw new Objection(404, `Cannot ${method} ${path}`)
  return { status: 200, body: told(endpoint) }
}

function step(endpoint: PlayedEndpoint): void {
  endpoint.state = endpoint.next.shift() ?? endpoint.state
  const { repository, revision } = endpoint.target
  if (endpoint.state === 'running' && endpoint.next.length === 0)
    endpoint.speaks = `${repository}@${revision}`
}

/** In the shape that `InferenceEndpoint` of huggingface_hub reads. */
function told({ target, state, message, told: url }: PlayedEndpoint): object {
  const user = { id: 'u', name: 'tester' }
  return {
    name: 'nights',
    type: 'protected',
    accountId: null,
    provider: { vendor: 'aws', region: 'us-east-1' },
    compute: {
      accelerator: 'gpu',
      instanceType: 'nvidia-l4',
      instanceSize: 'x1',
      scaling: { minReplica: 1, maxReplica: 1 },
    },
    model: { ...target, framework: 'pytorch', task: 'text-generation', image: { huggingface: {} } },
    healthRoute: '/health',
    status: {
      createdAt: '2025-01-01T00:00:00.000Z',
      createdBy: user,
      updatedAt: '2025-01-01T00:00:00.000Z',
      updatedBy: user,
      private: null,
      state,
      message: message ?? `Endpoint is ${state}`,
      readyReplica: state === 'running' ? 1 : 0,
      targetReplica: 1,
      url,
    },
  }
}
