import type { EndpointConfig } from '../../configs/schema.js'
import { checkEndpoint, keyVariable } from './check-endpoint.js'
import { chatUrl } from './endpoint-model.js'
import { connectionWords, hideKey } from './failure.js'

const LONGEST_WAIT_MS = 10_000
/** Tells whose token it is, for nothing. */
const WHO_AM_I = 'https://huggingface.co/api/whoami-v2'

/** What an entry of `models` is found to be. */
export interface Reached {
  ok: boolean
  /** In words, without secrets. */
  found: string
}

/**
 * Looks whether an entry of `models` can be used, without a call that costs: its key is set, its server answers to a
 * request for the list of models (for a provider of Hugging Face: the token is known), and the list has the model.
 */
export async function reachEndpoint(
  name: string,
  config: EndpointConfig,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Reached> {
  const problems = checkEndpoint(name, config, env)
  if (problems.length > 0) return { ok: false, found: problems.map(({ message }) => message).join('; ') }
  const variable = keyVariable(config)
  const key = variable === null ? undefined : env[variable]?.trim()
  const isToken = key?.startsWith('hf_') === true
  if (config.url === null && !isToken)
    return { ok: true, found: `${variable} is set; a provider is not asked` }
  const url = config.url === null ? WHO_AM_I : chatUrl(config.url).replace(/chat\/completions$/, 'models')
  try {
    const response = await fetch(url, {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(LONGEST_WAIT_MS),
    })
    return told(response.status, await response.text(), config, variable)
  } catch (error) {
    return { ok: false, found: hideKey(`${url} cannot be reached: ${connectionWords(error)}`, key) }
  }
}

function told(
  status: number,
  text: string,
  { url, model }: EndpointConfig,
  variable: string | null,
): Reached {
  if (status === 401 || status === 403)
    return {
      ok: false,
      found: `${variable === null ? 'a key is wanted' : `the key in ${variable} is refused`} (${status})`,
    }
  if (status >= 500) return { ok: false, found: `the server fails (${status})` }
  if (status >= 400) return { ok: true, found: `answers, but has no list of models (${status})` }
  if (url === null) return { ok: true, found: `the token in ${variable} is known` }
  const models = namesIn(text)
  if (models === null) return { ok: true, found: 'answers, but with no list of models' }
  if (models.some((id) => id === model || id.endsWith(`/${model}`)))
    return { ok: true, found: `answers, and has ${model}` }
  // servers list what is loaded, others only what they sell now: no failure
  return { ok: true, found: `answers, but does not list ${model}` }
}

/** Ids of a list of models; Google puts `models/` before its own. */
function namesIn(text: string): string[] | null {
  try {
    const { data } = JSON.parse(text) as { data: { id: unknown }[] }
    return data.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
  } catch {
    return null
  }
}
