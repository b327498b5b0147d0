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

export const TOGETHER_KEY = 'together-played'

const checkpointOrModel = {
  model: z.string().includes('/').optional(),
  from_checkpoint: z
    .string()
    .regex(/^(ft-|played\/)/)
    .optional(),
  training_file: z.string().startsWith('file-'),
  n_epochs: z.int().min(1).max(20),
  training_type: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('Full') }),
    z.strictObject({
      type: z.literal('Lora'),
      lora_r: z.int().min(1).max(64),
      lora_alpha: z.number(),
      lora_dropout: z.number().min(0).lt(1),
      lora_trainable_modules: z.string(),
    }),
  ]),
  training_method: z.strictObject({
    method: z.literal('dpo'),
    dpo_beta: z.number().gt(0),
    dpo_normalize_logratios_by_length: z.boolean(),
    dpo_reference_free: z.boolean(),
    rpo_alpha: z.number().optional(),
    simpo_gamma: z.number().optional(),
  }),
}

const price = z.strictObject(checkpointOrModel)
const create = z.strictObject({
  ...checkpointOrModel,
  n_checkpoints: z.int().min(1),
  batch_size: z.union([z.literal('max'), z.int().min(1)]),
  learning_rate: z.number().gt(0),
  lr_scheduler: z.discriminatedUnion('lr_scheduler_type', [
    z.strictObject({
      lr_scheduler_type: z.literal('linear'),
      lr_scheduler_args: z.strictObject({ min_lr_ratio: z.number().min(0).max(1) }),
    }),
    z.strictObject({
      lr_scheduler_type: z.literal('cosine'),
      lr_scheduler_args: z.strictObject({
        min_lr_ratio: z.number().min(0).max(1),
        num_cycles: z.number().gt(0),
      }),
    }),
  ]),
  warmup_ratio: z.number().min(0).max(1),
  max_grad_norm: z.number().min(0),
  weight_decay: z.number().min(0),
  random_seed: z.int().min(0),
  suffix: z.string().max(40),
  packing: z.boolean().optional(),
})

const uploadQuery = z.strictObject({
  file_name: z.string().endsWith('.jsonl'),
  file_type: z.literal('jsonl'),
  purpose: z.literal('fine-tune'),
})

export interface TogetherOptions {
  limits?: object
  /** What the validation of a file says. */
  processing?: { processing_status: string; validation_report?: object }[]
  price?: object
  /** No `/metrics`, as for jobs of older days. */
  metrics?: boolean
}

export const TOGETHER_LIMITS = {
  model_name: 'Qwen/Qwen3-8B',
  max_learning_rate: 1e-2,
  min_learning_rate: 1e-7,
  max_num_epochs: 20,
  max_num_evals: 100,
  max_num_checkpoints: 10,
  max_seq_length_dpo: 4096,
  max_seq_length_sft: 8192,
  supports_full_training: true,
  lora_training: {
    max_batch_size: 64,
    max_batch_size_dpo: 32,
    min_batch_size: 8,
    max_rank: 64,
    target_modules: ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
  },
  full_training: { max_batch_size: 64, max_batch_size_dpo: 32, min_batch_size: 8 },
}

/** Together's files (redirect, PUT, validation) and fine-tunes, with its errors and its words for states. */
export function playTogether(options: TogetherOptions = {}): Promise<PlayedService> {
  const pending = new Map<string, string>()
  const processing = [...(options.processing ?? [{ processing_status: 'QUEUED' }])]
  const shown = (job: PlayedJob): object => ({
    id: job.id,
    object: 'fine-tune',
    status: { half: 'completed', succeeded: 'completed', failed: 'error' }[job.state as string] ?? job.state,
    training_file: job.body['training_file'],
    suffix: job.body['suffix'],
    model: job.body['model'],
    model_output_name: job.state === 'half' ? '' : `played/Qwen3-8B-${String(job.body['suffix'])}-${job.id}`,
    created_at: '2026-11-20T10:00:00Z',
    started_at: '2026-11-20T10:05:00Z',
    updated_at: '2026-11-20T10:15:00Z',
  })
  const whole = (job: PlayedJob): object => ({
    ...shown(job),
    token_count: 5000,
    total_price: 1_250_000_000,
    events: [
      { object: 'fine-tune-event', type: 'job_start', level: 'info', message: 'Job started', step: null },
      {
        object: 'fine-tune-event',
        type: 'epoch_complete',
        level: 'info',
        message: 'x',
        step: 2,
        total_steps: 4,
      },
      ...(job.state === 'failed' ? [{ type: 'job_error', level: 'error', message: 'Out of memory.' }] : []),
    ],
  })
  const route = (asked: Asked, service: PlayedService): Answer => {
    const { path, label, query, headers } = asked
    const post = label.startsWith('POST')
    const signed = /^\/signed\/(file-\d+)$/.exec(path)?.[1]
    if (signed !== undefined) {
      if (headers.authorization !== undefined)
        throw new Objection(400, 'the key was sent to a signed address')
      if (headers['content-type'] !== 'application/octet-stream')
        throw new Objection(400, 'not an octet-stream')
      if (Number(headers['content-length']) !== Buffer.byteLength(asked.text))
        throw new Objection(411, 'no length')
      pending.set(signed, asked.text)
      return { status: 200, body: '' }
    }
    if (headers.authorization !== `Bearer ${TOGETHER_KEY}`)
      throw new Objection(401, 'Invalid API key provided')
    if (post && path === '/files') {
      const fields = checkBody(uploadQuery, Object.fromEntries(query))
      if (asked.text !== new URLSearchParams(fields).toString())
        throw new Objection(400, 'form differs from query')
      const id = `file-${pending.size + 1}`
      pending.set(id, '')
      return {
        status: 302,
        body: '',
        headers: { location: `${service.url}/signed/${id}`, 'x-together-file-id': id },
      }
    }
    const file = /^\/files\/(file-\d+)$/.exec(path)?.[1]
    if (file !== undefined) {
      const text = pending.get(file)
      if (!text) throw new Objection(404, 'file not found')
      const state = processing.shift() ?? { processing_status: 'COMPLETED' }
      if (state.processing_status === 'COMPLETED') {
        checkRows(text, 1)
        service.files.set(file, text)
      }
      return { status: 200, body: { id: file, object: 'file', bytes: text.length, ...state } }
    }
    if (path === '/fine-tunes/models/limits') {
      if ([...query.keys()].join() !== 'model_name') throw new Objection(400, 'model_name')
      if (query.get('model_name') === 'no/model') throw new Objection(404, 'model cannot be fine-tuned')
      return { status: 200, body: options.limits ?? TOGETHER_LIMITS }
    }
    if (post && path === '/fine-tunes/estimate-price') {
      either(checkBody(price, JSON.parse(asked.text)))
      const estimate = { estimation_available: true, allowed_to_proceed: true, estimated_total_price: 1.3 }
      return { status: 200, body: options.price ?? estimate }
    }
    if (path === '/fine-tunes') {
      if (!post) return { status: 200, body: { data: service.jobs.map(shown) } }
      const body = either(checkBody(create, JSON.parse(asked.text)))
      if (!service.files.has(body.training_file)) throw new Objection(400, 'training file is not validated')
      const job: PlayedJob = {
        id: `ft-${service.jobs.length + 1}`,
        state: 'queued',
        script: [...service.script],
        body,
      }
      service.jobs.push(job)
      return { status: 200, body: { ...shown(job), status: 'pending' } }
    }
    const [, id, action = ''] = /^\/fine-tunes\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? []
    const job = service.jobs.find((known) => known.id === id)
    if (!job) throw new Objection(404, 'fine-tune not found')
    if (action === '') return { status: 200, body: whole(look(job)) }
    if (action === 'metrics' && options.metrics !== false) {
      const metrics = [1, 2].map((step) => ({
        global_step: step,
        'train/loss': 1 / step,
        'train/accuracy': 0.5,
      }))
      return { status: 200, body: { metrics } }
    }
    if (action === 'cancel' && post) {
      Object.assign(job, { state: 'cancelled', script: [] })
      return { status: 200, body: { ...shown(job), status: 'cancel_requested' } }
    }
    throw new Objection(404, `no such route: ${label}`)
  }
  return playService('/v1', route, (message, _status, code) => ({
    error: { message, type: 'invalid_request_error', param: null, code },
  }))
}

/** A model or a checkpoint, never both. */
function either<T extends { model?: string | undefined; from_checkpoint?: string | undefined }>(body: T): T {
  if ((body.model === undefined) === (body.from_checkpoint === undefined))
    throw new Objection(400, 'You must specify either a model or a checkpoint to start a job from, not both')
  return body
}
