import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the played service reads it. */
export interface Asked {
  /** Method and path without query, e.g. `POST /v1/files`. */
  label: string
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /** The body as text, and as it came. */
  text: string
  bytes: Buffer
  form: () => Promise<FormData>
}

export interface Answer {
  status: number
  /** JSON unless it is text or bytes. */
  body?: unknown
  /** More may come: the answer stays open behind its body. */
  open?: boolean
  headers?: Record<string, string>
}

/** What goes wrong with the next calls whose label matches `on`. */
export interface Fault {
  on: string
  /** `before`: nothing is done and the connection is cut; `after`: all is done, then it is cut; `half`: so is the body. */
  kind: 'before' | 'after' | 'half' | Answer
  /** @default 1 */
  times?: number
}

/** Where a played job stands; each look moves it on along `script`. */
export type PlayedState = 'queued' | 'running' | 'succeeded' | 'half' | 'failed' | 'cancelled' | 'vanished'

export interface PlayedJob {
  id: string
  state: PlayedState
  /** States still to come, one a look. */
  script: PlayedState[]
  body: Record<string, unknown>
}

/** A service on 127.0.0.1, what it was asked, and what it created. */
export interface PlayedService {
  url: string
  log: string[]
  jobs: PlayedJob[]
  /** Uploaded files, by id. */
  files: Map<string, string>
  /** Everything that was refused because a request was not as the service wants it. */
  objections: string[]
  faults: Fault[]
  /** Script of the next jobs. */
  script: PlayedState[]
  /** Told before and after each request is acted on; `cut` ends the connection there. */
  hook: (moment: 'before' | 'after', label: string) => 'cut' | undefined
  close: () => Promise<void>
}

export const LIFE: readonly PlayedState[] = ['queued', 'queued', 'running', 'running', 'succeeded']

/** A request that the service does not take, in its own words. */
export class Objection extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null = null,
  ) {
    super(message)
  }
}

/** Moves a job one look further. @throws Objection 404 for a vanished one */
export function look(job: PlayedJob | undefined): PlayedJob {
  const next = job?.script.shift()
  if (job && next !== undefined) job.state = next
  if (!job || job.state === 'vanished') throw new Objection(404, 'No such job')
  return job
}

/** Serves routes; `errorBody` writes errors as the service does. */
export async function playService(
  base: string,
  route: (asked: Asked, service: PlayedService) => Answer | Promise<Answer>,
  errorBody: (message: string, status: number, code: string | null) => unknown,
): Promise<PlayedService> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const bytes = Buffer.concat(parts)
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1')
      const { headers } = request
      const label = `${request.method} ${pathname}`
      const form = (): Promise<FormData> =>
        new Request('http://127.0.0.1', {
          method: 'POST',
          headers: { 'content-type': headers['content-type'] ?? '' },
          body: bytes,
        }).formData()
      void answer(response, {
        label,
        path: pathname.slice(base.length),
        query: searchParams,
        headers,
        text: bytes.toString('utf8'),
        bytes,
        form,
      })
    })
  })
  const service: PlayedService = {
    url: '',
    log: [],
    jobs: [],
    files: new Map(),
    objections: [],
    faults: [],
    script: [...LIFE],
    hook: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  async function answer(response: ServerResponse, asked: Asked): Promise<void> {
    service.log.push(asked.label)
    const fault = takeFault(service.faults, asked.label)
    if (service.hook('before', asked.label) === 'cut' || fault === 'before') return void response.destroy()
    if (typeof fault === 'object') return write(response, fault)
    let reply: Answer
    try {
      reply = await route(asked, service)
    } catch (error) {
      const { status, message, code } =
        error instanceof Objection ? error : new Objection(500, `${String(error)} at ${asked.label}`)
      if (status === 400 || status === 500) service.objections.push(message)
      reply = { status, body: errorBody(message, status, code) }
    }
    if (service.hook('after', asked.label) === 'cut' || fault === 'after') return void response.destroy()
    write(response, reply, fault === 'half')
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`
  return service
}

/** A label that holds a text; one that ends in `$` is the whole label. */
export const matches = (label: string, on: string): boolean =>
  on.endsWith('$') ? label === on.slice(0, -1) : label.includes(on)

function takeFault(faults: Fault[], label: string): Fault['kind'] | undefined {
  const fault = faults.find(({ on }) => matches(label, on))
  if (!fault) return undefined
  fault.times = (fault.times ?? 1) - 1
  if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1)
  return fault.kind
}

function write(response: ServerResponse, { status, body, headers, open }: Answer, half = false): void {
  const bytes =
    body instanceof Uint8Array
      ? body
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? {}), 'utf8')
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(!open && { 'content-length': bytes.length }),
    ...headers,
  })
  if (half) response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy())
  else if (open) response.write(bytes)
  else response.end(bytes)
}
