import { setMaxListeners } from 'node:events'
import { errorToJson } from '../../common/error-to-json.js'
import { TaskRunner } from './do-task.js'
import type { FromWorker, ToWorker } from './worker-messages.js'

/** Entry point of a worker process: takes tasks from the run over IPC until it is stopped or the run is gone. */
const abort = new AbortController()
// one listener for each call that waits, of as many lanes as there are
setMaxListeners(0, abort.signal)
let runner: TaskRunner | null = null

const send = (message: FromWorker): void => {
  if (process.connected) process.send!(message)
}

process.on('message', (message: ToWorker) => {
  if (message.type === 'stop') return abort.abort()
  if (message.type === 'workplace') {
    try {
      runner = new TaskRunner(message.workplace)
      return send({ type: 'ready' })
    } catch (error) {
      return send({ type: 'failed', error: errorToJson(error) })
    }
  }
  runner!
    .run(message.task, (event) => send({ type: 'progress', event }), abort.signal)
    .then(() => send({ type: 'done' }))
    .catch((error: unknown) =>
      send(abort.signal.aborted ? { type: 'stopped' } : { type: 'failed', error: errorToJson(error) }),
    )
})

// Without the run nobody reads what is done here; a resumed run may already be writing.
process.on('disconnect', () => process.exit(1))
// The run decides what Ctrl-C means: it sends `stop`.
process.on('SIGINT', () => {})
