import { z } from 'zod'
import { checkBody, checkRows } from './check-body.js'
import {
  type Answer,
  type Asked,
  look,
  Objection,
  playService,
  type PlayedJob,
  type PlayedService,
} from './play-server.js'

export const OPENAI_KEY = 'sk-played'

const create = z.strictObject({
  model: z.string().regex(/^(gpt-|ft:)/),
  training_file: z.string().startsWith('file-'),
  validation_file: z.string().startsWith('file-').optional(),
  suffix: z.string().min(1).max(64),
  seed: z.int().min(0).max(2147483647),
  metadata: z.record(z.string().max(64), z.string().max(512)),
  method: z.strictObject({
    type: z.literal('dpo'),
    dpo: z.strictObject({
      hyperparameters: z.strictObject({
        beta: z.number().gt(0).max(2),
        batch_size: z.int().min(1).max(256),
        learning_rate_multiplier: z.union([z.literal('auto'), z.number().gt(0)]),
        n_epochs: z.int().min(1).max(50),
      }),
    }),
  }),
})

export interface OpenAiOptions {
  /** The header with the key. @default 'authorization' */
  header?: 'authorization' | 'api-key'
  /** Lists all jobs whatever `metadata[...]` says, as compatible servers do. */
  ignoresFilter?: boolean
  /** Jobs are listed without metadata. */
  dropsMetadata?: boolean
  /** Lists in which a new job does not stand yet. */
  lateLists?: number
  /** Looks at a file until it is processed, as on Azure. */
  processingLooks?: number
}

/** OpenAI's `/files` and `/fine_tuning/jobs`, with its errors, its pages and its words for states. */
export function playOpenAi(options: OpenAiOptions = {}): Promise<PlayedService> {
  let processing = options.processingLooks ?? 0
  let late = options.lateLists ?? 0
  const status = (job: PlayedJob): string =>
    ({ queued: 'queued', half: 'succeeded' })[job.state as string] ?? job.state
  const shown = (job: PlayedJob): object => ({
    object: 'fine_tuning.job',
    id: job.id,
    status: status(job),
    model: job.body['model'],
    training_file: job.body['training_file'],
    ...(!options.dropsMetadata && { metadata: job.body['metadata'] }),
    fine_tuned_model: job.state === 'succeeded' ? `ft:gpt-4.1-mini:org:attune:${job.id}` : null,
    trained_tokens: job.state === 'succeeded' ? 1200 : null,
    created_at: 1000,
    finished_at: job.state === 'succeeded' ? 1600 : null,
    error: job.state === 'failed' ? { code: 'invalid_file', message: 'The file is bad.', param: null } : null,
    hyperparameters: null,
  })
  const route = async (asked: Asked, service: PlayedService): Promise<Answer> => {
    const { path, label, query, headers } = asked
    const key = options.header === 'api-key' ? headers['api-key'] : headers.authorization
    if (key !== (options.header === 'api-key' ? OPENAI_KEY : `Bearer ${OPENAI_KEY}`))
      throw new Objection(401, 'Incorrect API key provided', 'invalid_api_key')
    if (label.startsWith('POST') && path === '/files')
      return { status: 200, body: await upload(asked, service) }
    const file = /^\/files\/(file-[^/]+)$/.exec(path)?.[1]
    if (file !== undefined) {
      if (!service.files.has(file)) throw new Objection(404, 'No such file')
      return {
        status: 200,
        body: { id: file, object: 'file', status: processing-- > 0 ? 'pending' : 'processed' },
      }
    }
    if (path === '/fine_tuning/jobs') {
      if (label.startsWith('POST')) {
        const body = checkBody(create, JSON.parse(asked.text))
        if (!service.files.has(body.training_file)) throw new Objection(400, 'training_file does not exist')
        checkRows(service.files.get(body.training_file)!, 10)
        const job: PlayedJob = {
          id: `ftjob-${service.jobs.length + 1}`,
          state: 'queued',
          script: [...service.script],
          body,
        }
        service.jobs.push(job)
        return { status: 200, body: { ...shown(job), status: 'validating_files' } }
      }
      checkQuery(query, /^(after|limit|metadata\[\w+\])$/)
      const wanted = [...query].filter(([name]) => name.startsWith('metadata['))
      const listed = (late-- > 0 ? [] : service.jobs)
        .toReversed()
        .filter(
          (job) =>
            options.ignoresFilter ||
            wanted.every(
              ([name, value]) =>
                (job.body['metadata'] as Record<string, string>)[name.slice(9, -1)] === value,
            ),
        )
      return { status: 200, body: paged(listed.map(shown) as { id: string }[], query) }
    }
    const [, id, action = ''] = /^\/fine_tuning\/jobs\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? []
    const job = service.jobs.find((known) => known.id === id)
    if (id === undefined || !job) throw new Objection(404, `Could not find fine tune: ${id}`)
    if (action === '') return { status: 200, body: shown(look(job)) }
    if (action === 'cancel') {
      job.state = 'cancelled'
      job.script = []
      return { status: 200, body: shown(job) }
    }
    checkQuery(query, /^(after|limit)$/)
    if (action === 'events') return { status: 200, body: paged(events(job), query) }
    if (action === 'checkpoints') return { status: 200, body: paged(checkpoints(job), query) }
    throw new Objection(404, `Unknown request URL: ${label}`)
  }
  return playService('/v1', route, (message, _status, code) => ({
    error: { message, type: 'invalid_request_error', param: null, code },
  }))
}

async function upload({ form }: Asked, service: PlayedService): Promise<object> {
  const fields = await form()
  const names = [...fields.keys()].toSorted()
  if (names.join() !== 'file,purpose') throw new Objection(400, `unknown form fields ${names.join()}`)
  if (fields.get('purpose') !== 'fine-tune') throw new Objection(400, 'invalid purpose')
  const file = fields.get('file')
  if (typeof file === 'string' || !file?.name.endsWith('.jsonl'))
    throw new Objection(400, 'file is not a .jsonl file')
  const id = `file-${service.files.size + 1}`
  service.files.set(id, await file.text())
  return { id, object: 'file', bytes: file.size, created_at: 1000, filename: file.name, purpose: 'fine-tune' }
}

/** Newest first, as the service lists them; steps 1 to 3 of 3. */
function events(job: PlayedJob): { id: string }[] {
  const metrics = [1, 2, 3].map((step) => ({
    object: 'fine_tuning.job.event',
    id: `ftevent-${step}`,
    created_at: 1000 + step,
    level: 'info',
    type: 'metrics',
    message: `Step ${step}/3: training loss=${(1 / step).toFixed(2)}`,
    data: { step, total_steps: 3, train_loss: 1 / step, train_mean_token_accuracy: 0.5 },
  }))
  const told = { object: 'fine_tuning.job.event', id: 'ftevent-0', level: 'info', type: 'message' }
  const shown = job.state === 'running' ? metrics.slice(0, 2) : metrics
  const created = { ...told, message: 'Created fine-tuning job', data: {} }
  return [...shown.toReversed(), created]
}

function checkpoints(job: PlayedJob): { id: string }[] {
  const id = `ftckpt-${job.id}`
  const metrics = { step: 3, train_loss: 1 / 3, full_valid_loss: 0.25 }
  const checkpoint = { id, object: 'fine_tuning.job.checkpoint', step_number: 3, metrics }
  return job.state === 'succeeded' ? [checkpoint] : []
}

function paged(all: { id: string }[], query: URLSearchParams): object {
  const limit = Math.min(Number(query.get('limit') ?? 20), 2)
  const start = query.has('after') ? all.findIndex(({ id }) => id === query.get('after')) + 1 : 0
  const data = all.slice(start, start + limit)
  return { object: 'list', data, has_more: start + limit < all.length }
}

function checkQuery(query: URLSearchParams, allowed: RegExp): void {
  for (const name of query.keys())
    if (!allowed.test(name)) throw new Objection(400, `Unknown query parameter: ${name}`)
}
