import { interrupted } from '../run/run.js'

export interface Stop {
  /** Aborted by the first Ctrl-C or request to end; the second one ends the process. */
  signal: AbortSignal
  /** Gives the signals of the process back. */
  release(): void
}

/** Has Ctrl-C end the work at its next step, with exit code 130. */
export function stopOnSignal(stream: NodeJS.WriteStream): Stop {
  const abort = new AbortController()
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(130)
    stream.write('\nstopping after this step; Ctrl-C again ends at once\n')
    abort.abort(interrupted())
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return {
    signal: abort.signal,
    release: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  }
}
