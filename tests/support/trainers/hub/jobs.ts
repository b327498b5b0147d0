import { z } from 'zod'
import { checkBody } from '../check-body.js'
import {
  type Answer,
  type Asked,
  look,
  Objection,
  type PlayedJob,
  type PlayedService,
} from '../play-server.js'

/** Name, price of a minute in dollars, whether it has a GPU. */
const FLAVORS = [
  ['cpu-basic', 0.000167, false],
  ['t4-small', 0.00667, true],
  ['a10g-small', 0.016667, true],
  ['a100-large', 0.041667, true],
] as const

export const hardware = FLAVORS.map(([name, unitCostUSD, gpu]) => ({
  name,
  prettyName: name,
  cpu: '4 vCPU',
  ram: '15 GB',
  accelerator: gpu
    ? { type: 'gpu', model: 'A10G', quantity: '1', vram: '24 GB', manufacturer: 'Nvidia' }
    : null,
  unitCostMicroUSD: Math.round(unitCostUSD * 1e6),
  unitCostUSD,
  unitLabel: 'minute',
}))

const label = z.string().regex(/^[A-Za-z0-9._-]{1,100}$/)
const create = z.strictObject({
  dockerImage: z.string().min(1),
  command: z.array(z.string()).min(1),
  arguments: z.array(z.string()),
  // a single variable of Linux has 128 KiB at most
  environment: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), z.string().max(131_000)),
  secrets: z.strictObject({ HF_TOKEN: z.string().startsWith('hf_') }),
  flavor: z.enum(FLAVORS.map(([name]) => name)),
  timeoutSeconds: z.int().min(1),
  labels: z.record(label, label),
  resourceGroupId: z.string().optional(),
})

const STAGES: Record<string, string> = {
  queued: 'SCHEDULING',
  running: 'RUNNING',
  succeeded: 'COMPLETED',
  half: 'COMPLETED',
  failed: 'ERROR',
  cancelled: 'CANCELED',
}

export interface JobsOptions {
  account: string
  /** Jobs of one page of a list. */
  page: number
  /** Stage told instead of RUNNING. */
  runningStage: string
  /** Lists all jobs whatever `label` says. */
  ignoresLabels: boolean
  /** Log of a job; without it one is made up. */
  lines?: (job: PlayedJob) => string[]
}

/** `/api/jobs/{account}` and below; null for other paths. */
export function answerJobs(asked: Asked, service: PlayedService, options: JobsOptions): Answer | null {
  const [, account, id, action = ''] =
    /^\/api\/jobs\/([^/]+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(asked.path) ?? []
  if (account === undefined) return null
  if (account !== options.account) throw new Objection(403, `You may not use jobs of ${account}`)
  const method = asked.label.split(' ')[0]
  if (id === undefined)
    return method === 'POST' ? start(asked, service, options) : list(asked, service, options)
  const job = service.jobs.find((known) => known.id === id)
  if (!job) throw new Objection(404, 'Job not found')
  if (method === 'GET' && action === '') return { status: 200, body: shown(look(job), options) }
  if (method === 'GET' && action === 'logs') return logs(asked, job, options)
  if (method === 'POST' && action === 'cancel') {
    Object.assign(job, { state: 'cancelled', script: [] })
    return { status: 200, body: shown(job, options) }
  }
  throw new Objection(404, `Cannot ${asked.label}`)
}

function start({ text }: Asked, service: PlayedService, options: JobsOptions): Answer {
  const body = checkBody(create, JSON.parse(text))
  const job: PlayedJob = {
    id: `job-${service.jobs.length + 1}`,
    state: 'queued',
    script: [...service.script],
    body,
  }
  service.jobs.push(job)
  return { status: 200, body: shown(job, options) }
}

/** Newest first, in pages that a Link header leads through. */
function list({ query }: Asked, service: PlayedService, options: JobsOptions): Answer {
  for (const name of query.keys())
    if (!['label', 'stage', 'cursor'].includes(name)) throw new Objection(400, `unknown query ${name}`)
  const wanted = options.ignoresLabels ? [] : query.getAll('label').map((pair) => pair.split('='))
  const listed = service.jobs
    .toReversed()
    .filter(({ body }) =>
      wanted.every(([name, value]) => (body['labels'] as Record<string, string>)[name!] === value),
    )
  const first = Number(query.get('cursor') ?? 0)
  const next = new URLSearchParams([
    ...[...query].filter(([name]) => name !== 'cursor'),
    ['cursor', `${first + options.page}`],
  ])
  return {
    status: 200,
    body: listed.slice(first, first + options.page).map((job) => shown(job, options)),
    ...(first + options.page < listed.length && {
      headers: { link: `<${service.url}/api/jobs/${options.account}?${next.toString()}>; rel="next"` },
    }),
  }
}

function shown(job: PlayedJob, options: JobsOptions): object {
  const { environment, secrets, ...spec } = job.body
  const stage = STAGES[job.state] ?? 'RUNNING'
  const ended = ['COMPLETED', 'ERROR', 'CANCELED'].includes(stage)
  return {
    type: 'job',
    id: job.id,
    ...spec,
    environment,
    secrets: Object.keys(secrets as object),
    createdAt: `2026-11-21T00:00:${job.id.replace('job-', '').padStart(2, '0')}.000Z`,
    startedAt: stage === 'SCHEDULING' ? null : '2026-11-21T00:10:00.000Z',
    finishedAt: ended ? '2026-11-21T00:20:00.000Z' : null,
    spaceId: null,
    status: {
      stage: stage === 'RUNNING' ? options.runningStage : stage,
      message: stage === 'ERROR' ? 'Job failed with exit code: 1' : null,
      failureCount: 0,
    },
    durations: {
      schedulingSecs: 600,
      runningSecs: stage === 'SCHEDULING' ? null : 600,
      totalSecs: 1200,
    },
    owner: { id: 'o', name: options.account, type: 'user' },
    initiator: { id: 'o', name: options.account, type: 'user' },
  }
}

/** The history anew on each connection; the stream of a running job stays open. */
function logs({ query }: Asked, job: PlayedJob, options: JobsOptions): Answer {
  const told =
    job.state === 'failed'
      ? ['Traceback (most recent call last):', 'attune {"failed": "PAIR_TOO_LONG: a prompt has 9000 tokens"}']
      : ['attune {"step": 0, "steps": 3}', 'attune {"steps": 3, "step": 2, "loss": 0.34}', 'Saving']
  const lines = options.lines?.(job) ?? [
    '===== Job started at 2026-11-21 =====',
    '',
    'Installed 61 packages',
    ...told,
  ]
  const tail = lines.slice(-Number(query.get('tail') ?? lines.length))
  const events = tail.map(
    (data) => `data: ${JSON.stringify({ timestamp: '2026-11-21T00:10:00.000Z', data })}\n\n`,
  )
  return {
    status: 200,
    body: `: keep-alive\n\n${events.join('')}data:\n\n`,
    headers: { 'content-type': 'text/event-stream' },
    ...(job.state === 'running' && { open: true }),
  }
}
