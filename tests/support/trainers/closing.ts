import { afterEach } from 'vitest'
import type { PlayedService } from './play-server.js'

/** Plays a service for the test that asks, and closes it when that test is over. */
export function closingAfter<O>(
  play: (options: O) => Promise<PlayedService>,
): (options?: O) => Promise<PlayedService> {
  const playing: PlayedService[] = []
  afterEach(async () => {
    for (const service of playing.splice(0)) await service.close()
  })
  return async (options = {} as O) => {
    const service = await play(options)
    playing.push(service)
    return service
  }
}
