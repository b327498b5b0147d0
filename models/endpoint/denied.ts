import { AttuneError } from '../../common/error.js'
import type { EndpointConfig } from '../../configs/schema.js'
import { keyVariable } from './check-endpoint.js'

interface Advice {
  /** In the words of servers. */
  pattern: RegExp
  key: keyof EndpointConfig
  value: (config: EndpointConfig) => string
}

/** What servers lack, in their words, and the key that does without; the first that fits is told. */
const ADVICE: readonly Advice[] = [
  {
    pattern: /response_format|json_schema|json_object|structured output|guided/i,
    key: 'json',
    value: ({ json }) => (json === 'schema' ? 'object` or `none' : 'none'),
  },
  {
    pattern: /max_tokens|max_completion_tokens/i,
    key: 'maxTokensKey',
    value: ({ maxTokensKey }) => (maxTokensKey === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'),
  },
  { pattern: /\bseed\b/i, key: 'seed', value: () => 'false' },
  { pattern: /\bstream(_options|ing)?\b/i, key: 'stream', value: ({ stream }) => String(!stream) },
  {
    pattern: /['"`]n['"`]|\bn\s*(?:[=<>]|must|should)|\bbody\.n\b|only one completion|supports? only one/i,
    key: 'severalReplies',
    value: () => 'false',
  },
  {
    pattern: /['"`]?(temperature|top_p)['"`]?/i,
    key: 'body',
    value: () => '{ temperature: null, top_p: null }',
  },
]

/** `models.judge (gpt-4o at https://...)`: how messages name an entry. */
export function nameOf(name: string, { model, url, provider }: EndpointConfig): string {
  return `\`models.${name}\` (${model} ${url === null ? `through provider ${provider ?? 'auto'}` : `at ${url}`})`
}

/** The error of a request that the server will never take, with what to change. */
export function denied(
  name: string,
  config: EndpointConfig,
  status: number | null,
  words: string,
  requestId: string | null = null,
): AttuneError {
  const told = words === '' ? '' : `: ${words}`
  const number = status === null ? '' : ` with status ${status}`
  const request = requestId === null ? '' : ` (request ${requestId})`
  return new AttuneError(
    'MODEL_DENIED',
    'model',
    `${nameOf(name, config)} refused the request${number}${told}${request}`,
    { hint: hintFor(name, config, status, words), key: `models.${name}` },
  )
}

function hintFor(name: string, config: EndpointConfig, status: number | null, words: string): string {
  const variable = keyVariable(config)
  if (status === 401 || status === 403) {
    return variable === null
      ? `the server wants a key: set \`models.${name}.keyFrom\` to an environment variable that holds it`
      : `check the key in the environment variable ${variable}, and that it may use ${config.model}`
  }
  if (status === 402 || words.includes('quota') || words.includes('credit'))
    return 'the credits of this account ran out: add some, then run the same command again'
  if (status === 404)
    return `check \`models.${name}.model\` (${config.model})${config.url === null ? '' : ' and that `url` ends where /chat/completions follows, usually in /v1'}`
  if (/context.{0,20}(length|window|size)|too long|too many tokens/i.test(words))
    return 'the prompt is longer than the model takes: use a model with a longer context, or fewer memories'
  const advice = ADVICE.find(({ pattern }) => pattern.test(words))
  if (advice !== undefined) return `set \`models.${name}.${advice.key}\` to \`${advice.value(config)}\``
  return `compare \`models.${name}\` with docs/models.md`
}
