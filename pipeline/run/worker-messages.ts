import type { ErrorJson } from '../../common/error-to-json.js'
import type { Workplace } from './do-task.js'
import type { ProgressEvent } from '../progress/events.js'
import type { Task } from './tasks.js'

/** From the run to a worker. */
export type ToWorker =
  { type: 'workplace'; workplace: Workplace } | { type: 'task'; task: Task } | { type: 'stop' }

/** From a worker to the run. */
export type FromWorker =
  | { type: 'ready' }
  | { type: 'progress'; event: ProgressEvent }
  /** A task is done: there is room for another one. */
  | { type: 'done' }
  | { type: 'stopped' }
  | { type: 'failed'; error: ErrorJson }
