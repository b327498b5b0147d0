import { type ChildProcess, fork } from 'node:child_process'
import { AttuneError, type ErrorKind } from '../../common/error.js'
import type { ErrorJson } from '../../common/error-to-json.js'
import type { Emit } from '../progress/events.js'
import type { Workplace } from './do-task.js'
import type { Task } from './tasks.js'
import type { FromWorker, ToWorker } from './worker-messages.js'

/** Time that workers get to come to the end of a step after a stop, before they are killed. */
const STOP_MS = 10_000

/**
 * Does the tasks in `workers` processes, each one task at a time. The first failure stops the others at their next
 * step, and is thrown when all have ended.
 *
 * @throws AttuneError of a task, WORKER_DIED, or the signal's reason
 */
export async function runInProcesses(
  workplace: Workplace,
  tasks: readonly Task[],
  workers: number,
  emit: Emit,
  signal?: AbortSignal,
): Promise<void> {
  const queue = [...tasks]
  const abort = new AbortController()
  const stop = (): void => abort.abort()
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  try {
    const processes = Array.from({ length: Math.min(workers, tasks.length) }, () =>
      workThrough(workplace, queue, emit, abort),
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
function workThrough(workplace: Workplace, queue: Task[], emit: Emit, abort: AbortController): Promise<void> {
  return new Promise((resolve, reject) => {
    const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
    const child = fork(new URL(`./worker-main${extension}`, import.meta.url), { serialization: 'advanced' })
    const tell = (message: ToWorker): void => void child.send(message)
    let outcome: (() => void) | null = null
    const end = (how: () => void): void => {
      outcome ??= how
      if (child.connected) child.disconnect()
    }
    const next = (): void => {
      const task = abort.signal.aborted ? undefined : queue.shift()
      if (task) tell({ type: 'task', task })
      else end(resolve)
    }
    const onStop = (): void => {
      if (child.connected) tell({ type: 'stop' })
      setTimeout(() => child.kill('SIGKILL'), STOP_MS).unref()
    }
    abort.signal.addEventListener('abort', onStop, { once: true })
    child.on('message', (message: FromWorker) => {
      if (message.type === 'progress') emit(message.event)
      else if (message.type === 'ready' || message.type === 'done') next()
      else if (message.type === 'stopped') end(resolve)
      else {
        end(() => reject(fromWire(message.error)))
        abort.abort()
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
    tell({ type: 'workplace', ...workplace, personas: [...workplace.personas] })
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
