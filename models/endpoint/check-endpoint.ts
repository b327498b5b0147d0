import { PROVIDERS_OR_POLICIES } from '@huggingface/inference'
import { AttuneError } from '../../common/error.js'
import { nearest } from '../../configs/nearest.js'
import type { EndpointConfig } from '../../configs/schema.js'

/** Environment variable that holds the key of an entry; null: it needs none. */
export function keyVariable({ keyFrom, url, adapters }: EndpointConfig): string | null {
  return keyFrom ?? (url === null || adapters === 'hf-endpoint' ? 'HF_TOKEN' : null)
}

/** Everything that can be known to be wrong with an entry of `models` before anything is sent. */
export function checkEndpoint(name: string, config: EndpointConfig, env: NodeJS.ProcessEnv): AttuneError[] {
  const { provider, url } = config
  const key = `models.${name}`
  const variable = keyVariable(config)
  const problems: AttuneError[] = []
  if (provider !== null && !(PROVIDERS_OR_POLICIES as readonly string[]).includes(provider)) {
    const meant = nearest(provider, PROVIDERS_OR_POLICIES)
    problems.push(
      new AttuneError('PROVIDER_UNKNOWN', 'config', `\`${provider}\` is no inference provider`, {
        key: `${key}.provider`,
        hint:
          meant === undefined
            ? `use one of ${PROVIDERS_OR_POLICIES.join(', ')}, or \`url\` for a server of your own`
            : `did you mean \`${meant}\`?`,
      }),
    )
  }
  if (variable !== null && !env[variable]?.trim()) {
    problems.push(
      new AttuneError(
        'MODEL_KEY_MISSING',
        'config',
        `\`${key}\` takes its key from the environment variable ${variable}, which is not set`,
        {
          key: `${key}.keyFrom`,
          hint:
            url === null && config.keyFrom === null
              ? 'make a token that may make calls to Inference Providers at https://huggingface.co/settings/tokens and set HF_TOKEN to it'
              : `set ${variable}, or name another variable`,
        },
      ),
    )
  }
  return problems
}
