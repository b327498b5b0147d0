import { z } from 'zod'
import type { ServiceClient } from '../hosted/service-client.js'

const PREFIX = 'attune '
const told = z.object({
  step: z.number().optional(),
  steps: z.number().optional(),
  failed: z.string().optional(),
})

/** What the lines of a job's log tell. */
export interface LogFindings {
  progress: { step: number; steps: number } | null
  /** What the job says has gone wrong, or the last line of a log that says nothing. */
  failure: string | null
}

/** The latest progress and failure among lines of a log: those of run.py begin with `attune ` and go on in JSON. */
export function readLog(lines: readonly string[]): LogFindings {
  const found: LogFindings = { progress: null, failure: null }
  for (const line of lines) {
    if (line.trim() !== '' && !line.startsWith(PREFIX)) found.failure = line.trim().slice(0, 300)
  }
  for (const { step, steps, failed } of lines.flatMap(ownLine)) {
    if (step !== undefined && steps !== undefined) found.progress = { step, steps }
    if (failed !== undefined) found.failure = failed
  }
  return found
}

function ownLine(line: string): z.infer<typeof told>[] {
  if (!line.startsWith(PREFIX)) return []
  try {
    const read = told.safeParse(JSON.parse(line.slice(PREFIX.length)))
    return read.success ? [read.data] : []
  } catch {
    return []
  }
}

export interface TailOptions {
  /** Lines asked for. */
  lines: number
  /** A stream without a new line for so long has told what there is; a running job's stream stays open. Milliseconds. */
  quietMs: number
  signal?: AbortSignal | undefined
}

/**
 * The last lines of a job's log, from its event stream. The service tells the history anew on each connection, so that a
 * look needs no memory of the one before. Whatever goes wrong gives fewer lines: a log is no reason to fail.
 * @param path of the stream, without its query
 */
export async function logTail(
  client: ServiceClient,
  path: string,
  { lines, quietMs, signal }: TailOptions,
): Promise<string[]> {
  const limit = AbortSignal.timeout(quietMs + 10_000)
  const found: string[] = []
  try {
    const response = await client.send({
      path: `${path}?tail=${lines}`,
      headers: { accept: 'text/event-stream' },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    })
    if (response.body) await readEvents(response.body, quietMs, (line) => found.push(line))
  } catch {
    signal?.throwIfAborted()
  }
  return found.slice(-lines)
}

async function readEvents(
  body: ReadableStream<Uint8Array>,
  quietMs: number,
  onLine: (line: string) => void,
): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  let timer: NodeJS.Timeout | undefined
  const quiet = new Promise<null>((resolve) => (timer = setTimeout(resolve, quietMs, null)))
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), quiet])
      if (read === null || read.done) return
      timer?.refresh()
      const parts = (rest + decoder.decode(read.value, { stream: true })).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) for (const line of dataOf(part)) onLine(line)
    }
  } finally {
    clearTimeout(timer)
    await reader.cancel().catch(() => undefined)
  }
}

/** Lines of one `data:` field; comments and empty events keep the connection alive. */
function dataOf(part: string): string[] {
  if (!part.startsWith('data: {')) return []
  try {
    const { data } = JSON.parse(part.slice('data: '.length)) as { data?: unknown }
    return typeof data === 'string' ? data.split('\n') : []
  } catch {
    return []
  }
}
