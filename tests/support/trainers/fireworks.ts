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

export const FIREWORKS_KEY = 'fw-played'
const ACCOUNT = '/accounts/me'
const id = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/)

const createDataset = z.strictObject({
  datasetId: id,
  dataset: z.strictObject({ userUploaded: z.strictObject({}), exampleCount: z.string().regex(/^\d+$/) }),
})

const create = z.strictObject({
  dataset: z.string().startsWith('accounts/me/datasets/'),
  displayName: z.string(),
  lossConfig: z.strictObject({
    method: z.literal('DPO'),
    dpo: z.strictObject({ beta: z.number().gt(0).lt(0.5) }),
  }),
  wandbConfig: z.strictObject({ enabled: z.boolean() }).optional(),
  trainingConfig: z.strictObject({
    baseModel: z.string().startsWith('accounts/fireworks/models/').optional(),
    warmStartFrom: z.string().startsWith('accounts/me/models/').optional(),
    outputModel: id,
    epochs: z.int().min(1),
    learningRate: z.number().gt(0),
    learningRateWarmupSteps: z.int().min(0),
    loraRank: z.int().min(4).max(64),
    maxContextLength: z.int().min(1),
    batchSizeSamples: z.int().min(1),
    optimizerWeightDecay: z.number().min(0),
  }),
})

export interface FireworksOptions {
  model?: object
  /** Looks at a dataset until it is ready. */
  processingLooks?: number
  /** What the dataset's status says in the end. */
  rejected?: string
  /** What the metrics file holds. */
  metrics?: string
}

/** Fireworks' datasets, models and DPO jobs, with Google's errors and its words for states. */
export function playFireworks(options: FireworksOptions = {}): Promise<PlayedService> {
  const datasets = new Set<string>()
  const models = new Set<string>()
  let processing = options.processingLooks ?? 1
  const shown = (job: PlayedJob): object => ({
    name: `accounts/me/dpoJobs/${job.id}`,
    state: `JOB_STATE_${{ queued: 'PENDING', succeeded: 'COMPLETED', half: 'COMPLETED' }[job.state as string] ?? job.state.toUpperCase()}`,
    status:
      job.state === 'failed' ? { code: 'INTERNAL', message: 'Out of memory.' } : { code: 'OK', message: '' },
    createTime: '2026-11-20T10:00:00Z',
    completedTime: job.state === 'succeeded' ? '2026-11-20T10:10:00Z' : null,
    ...job.body,
  })
  const route = async (asked: Asked, service: PlayedService): Promise<Answer> => {
    const { path, label, query, headers } = asked
    const method = label.split(' ')[0]
    if (path === '/signed/metrics') {
      if (headers.authorization !== undefined)
        throw new Objection(400, 'the key was sent to a signed address')
      const rows = [1, 2].map((step) => JSON.stringify({ step, loss: 1 / step, 'rewards/accuracies': 0.5 }))
      return { status: 200, body: options.metrics ?? `${rows.join('\n')}\n` }
    }
    if (headers.authorization !== `Bearer ${FIREWORKS_KEY}`) throw new Objection(401, 'unauthorized')
    const model = /^\/(accounts\/\w+\/models\/[a-z0-9-]+)$/.exec(path)?.[1]
    if (model?.startsWith('accounts/fireworks/')) {
      if (model.endsWith('/unknown')) throw new Objection(404, 'model not found')
      return {
        status: 200,
        body: { name: model, state: 'READY', ...(options.model ?? { contextLength: 4096, tunable: true }) },
      }
    }
    if (model !== undefined) {
      const job = service.jobs.find((known) => model.endsWith(`/${known.id}`))
      if (job?.state === 'succeeded') models.add(model)
      if (!models.has(model)) throw new Objection(404, 'model not found')
      return { status: 200, body: { name: model, state: 'READY', kind: 'HF_PEFT_ADDON' } }
    }
    if (path === `${ACCOUNT}/datasets` && method === 'POST') {
      const { datasetId } = checkBody(createDataset, JSON.parse(asked.text))
      if (datasets.has(datasetId)) throw new Objection(409, 'dataset exists')
      datasets.add(datasetId)
      return { status: 200, body: { name: `accounts/me/datasets/${datasetId}`, state: 'UPLOADING' } }
    }
    const [, dataset, upload] = /^\/accounts\/me\/datasets\/([a-z0-9-]+)(:upload)?$/.exec(path) ?? []
    if (dataset !== undefined) {
      if (!datasets.has(dataset)) throw new Objection(404, 'dataset not found')
      if (upload && method === 'POST') {
        const fields = await asked.form()
        const file = fields.get('file')
        if ([...fields.keys()].join() !== 'file' || typeof file === 'string' || !file)
          throw new Objection(400, 'file')
        const text = await file.text()
        checkRows(text, 3)
        service.files.set(dataset, text)
        return { status: 200, body: { id: dataset, object: 'file', bytes: text.length } }
      }
      const ready = service.files.has(dataset) && processing-- <= 0
      const wrong = options.rejected !== undefined && ready
      const status = wrong
        ? { code: 'INVALID_ARGUMENT', message: options.rejected }
        : { code: 'OK', message: '' }
      return { status: 200, body: { state: ready && !wrong ? 'READY' : 'UPLOADING', status } }
    }
    if (path === `${ACCOUNT}/dpoJobs` && method === 'POST') {
      if ([...query.keys()].join() !== 'dpoJobId') throw new Objection(400, 'unknown query parameter')
      const jobId = checkBody(id, query.get('dpoJobId'))
      if (service.jobs.some((known) => known.id === jobId)) throw new Objection(409, 'job exists')
      const body = checkBody(create, JSON.parse(asked.text))
      const { baseModel, warmStartFrom } = body.trainingConfig
      if ((baseModel === undefined) === (warmStartFrom === undefined))
        throw new Objection(400, 'Only one of baseModel or warmStartFrom should be specified')
      if (warmStartFrom !== undefined && !models.has(warmStartFrom))
        throw new Objection(400, 'no such adapter')
      if (!service.files.has(body.dataset.split('/').at(-1)!))
        throw new Objection(400, 'dataset is not ready')
      const job: PlayedJob = { id: jobId, state: 'queued', script: [...service.script], body }
      service.jobs.push(job)
      return { status: 200, body: { ...shown(job), state: 'JOB_STATE_CREATING' } }
    }
    const [, jobId, action] = /^\/accounts\/me\/dpoJobs\/([a-z0-9-]+)(:\w+)?$/.exec(path) ?? []
    const job = service.jobs.find((known) => known.id === jobId)
    if (!job) throw new Objection(404, 'dpo job not found')
    if (action === ':getMetricsFileEndpoint')
      return { status: 200, body: { signedUrl: `${service.url}/signed/metrics` } }
    if (action !== undefined) throw new Objection(404, `no such route: ${label}`)
    if (method === 'DELETE') {
      service.jobs.splice(service.jobs.indexOf(job), 1)
      return { status: 200, body: {} }
    }
    return { status: 200, body: shown(look(job)) }
  }
  return playService('/v1', route, (message, status) => ({ code: status, message, details: [] }))
}
