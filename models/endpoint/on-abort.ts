import { setMaxListeners } from 'node:events'

/**
 * Calls `act` when the signal is aborted, at once if it is already. Many calls may listen to one signal.
 *
 * @returns ends the listening
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => {}
  if (signal.aborted) act()
  // Node warns of a leak from the eleventh listener on
  setMaxListeners(0, signal)
  signal.addEventListener('abort', act, { once: true })
  return () => signal.removeEventListener('abort', act)
}
