import { setMaxListeners } from 'node:events'

/**
 * Works through items in their order, so many at once. The first failure lets the others come to their next stop, and is
 * thrown when all have ended.
 *
 * @throws what the work throws; the signal's reason when aborted
 */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const failed = new AbortController()
  const stop = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])])
  // each call under way listens
  setMaxListeners(0, stop)
  const queue = [...items]
  const lane = async (): Promise<void> => {
    while (queue.length > 0 && !stop.aborted) {
      await work(queue.shift()!, stop).catch((error: unknown) => failed.abort(error))
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane))
  stop.throwIfAborted()
}
