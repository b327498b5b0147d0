import type { ErrorJson } from '../../common/error-to-json.js'
import type { Persona } from '../../configs/persona.js'
import type { World } from '../../configs/load-world.js'
import type { RunConfig } from '../../configs/schema.js'
import type { ProgressEvent } from '../progress/events.js'
import type { Task } from './tasks.js'

/** From the run to a worker. */
export type ToWorker =
  | { type: 'workplace'; root: string; config: RunConfig; world: World; personas: Persona[] }
  | { type: 'task'; task: Task }
  | { type: 'stop' }

/** From a worker to the run. */
export type FromWorker =
  | { type: 'ready' }
  | { type: 'progress'; event: ProgressEvent }
  | { type: 'done' }
  | { type: 'stopped' }
  | { type: 'failed'; error: ErrorJson }
