import type { TrainerConfig } from '../../configs/schema.js'
import { keyMissing } from '../cannot.js'
import { type ClientOptions, ServiceClient } from './service-client.js'

/** Where a service is found and what carries its key. */
export interface ServicePlace {
  /** Public address, with its version and without a slash at its end. */
  url: string
  /** Environment variable with the key. */
  keyVariable: string
}

/** Environment variable that a configuration takes a service's key from. */
export const keyVariableOf = ({ hosted }: TrainerConfig, { keyVariable }: ServicePlace): string =>
  hosted.keyFrom ?? keyVariable

/**
 * A client of a service as a configuration reaches it.
 * @throws AttuneError TRAINER_KEY_MISSING
 */
export function connect(
  config: TrainerConfig,
  place: ServicePlace,
  env: NodeJS.ProcessEnv,
  further: Partial<Pick<ClientOptions, 'keyHeader' | 'explain' | 'backoffMs' | 'timeoutMs'>> = {},
): ServiceClient {
  const keyVariable = keyVariableOf(config, place)
  const key = env[keyVariable]?.trim() ?? ''
  if (key === '') throw keyMissing(config, keyVariable)
  return new ServiceClient({
    service: config.backend,
    url: (config.hosted.url ?? place.url).replace(/\/+$/, ''),
    key,
    keyVariable,
    retries: config.hosted.retries,
    ...further,
  })
}
