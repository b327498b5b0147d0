import { type ChildProcess, fork } from 'node:child_process'
import { AttuneError, type ErrorKind } from '../../common/error.js'
import type { ErrorJson } from '../../common/error-to-json.js'
import type { Emit } from '../progress/events.js'
import type { Workplace } from './do-task.js'
import type { Task } from './tasks.js'
import type { FromWorker, ToWorker } from './worker-messages.js'

/** Time that workers get to come to the end of a step after a stop, before they are killed. */
const STOP_MS = 10_000

/** How many work: processes, and tasks that each of them does at once. */
export interface Crew {
  workers: number
  /** More than 1 pays where tasks wait for endpoints. */
  lanes: number
  /** Longest wait for workers to come to the end of a step after a stop. @default 10 s */
  stopMs?: number
}

/**
 * Does the tasks in several processes. The first failure stops the others at their next step, and is thrown when all
 * have ended.
 *
 * @throws AttuneError of a task, WORKER_DIED, or the signal's reason
 */
export async function runInProcesses(
  workplace: Workplace,
  tasks: readonly Task[],
  crew: Crew,
  emit: Emit,
  signal?: AbortSignal,
): Promise<void> {
  const queue = [...tasks]
  const abort = new AbortController()
  const stop = (): void => abort.abort()
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  try {
    const processes = Array.from({ length: Math.min(crew.workers, tasks.length) }, () =>
      workThrough(workplace, queue, crew, emit, abort),
    )
    const ends = await Promise.allSettled(processes)
    signal?.throwIfAborted()
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed) throw failed.reason
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

/** One worker process, from its start to the end of the queue. */
function workThrough(
  workplace: Workplace,
  queue: Task[],
  { lanes, stopMs = STOP_MS }: Crew,
  emit: Emit,
  abort: AbortController,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
    const child = fork(new URL(`./worker-main${extension}`, import.meta.url), { serialization: 'advanced' })
    const tell = (message: ToWorker): void => void child.send(message)
    let outcome: (() => void) | null = null
    const end = (how: () => void): void => {
      outcome ??= how
      if (child.connected) child.disconnect()
    }
    let busy = 0
    let failure: AttuneError | null = null
    const next = (): void => {
      while (busy < lanes && !abort.signal.aborted && queue.length > 0) {
        busy++
        tell({ type: 'task', task: queue.shift()! })
      }
      if (busy === 0) end(resolve)
    }
    const onStop = (): void => {
      if (child.connected) tell({ type: 'stop' })
      setTimeout(() => child.kill('SIGKILL'), stopMs).unref()
    }
    abort.signal.addEventListener('abort', onStop, { once: true })
    child.on('message', (message: FromWorker) => {
      if (message.type === 'progress') emit(message.event)
      else if (message.type === 'ready') next()
      else {
        if (message.type === 'failed') {
          failure ??= fromWire(message.error)
          abort.abort()
        }
        busy = Math.max(0, busy - 1)
        if (!failure) next()
        // what its other lanes have under way is paid for, and goes on record first
        else if (busy === 0) end(() => reject(failure!))
      }
    })
    child.on('exit', (code, by) => {
      abort.signal.removeEventListener('abort', onStop)
      if (outcome) return outcome()
      reject(died(child, by ?? `exit code ${code}`))
      abort.abort()
    })
    // a process that could not be started never exits; a message to one just killed is told by its exit
    child.on('error', (cause) => {
      if (child.pid !== undefined) return
      abort.signal.removeEventListener('abort', onStop)
      reject(died(child, cause.message))
      abort.abort()
    })
    tell({ type: 'workplace', workplace })
  })
}

function died({ pid }: ChildProcess, how: string): AttuneError {
  return new AttuneError('WORKER_DIED', 'internal', `worker ${pid ?? '?'} ended by itself (${how})`, {
    hint: 'Out of memory? Set `workers` lower. Run the same command again: it goes on where it stopped.',
  })
}

/** The error of a worker, as it was thrown there. */
function fromWire({ code, kind, message, problems, ...details }: ErrorJson): AttuneError {
  return new AttuneError(code, kind as ErrorKind, message, {
    ...details,
    ...(problems && { problems: problems.map(fromWire) }),
  })
}
