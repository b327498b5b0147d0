import { type Address, randomAt } from '../../common/random.js'
import type { EndpointConfig } from '../../configs/schema.js'
import type { GenerateRequest, JsonFormat } from '../chat-model.js'

/** Characters of a token where the server does not tell, as `attune plan` counts too. */
const CHARACTERS_PER_TOKEN = 4

export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN)
}

/** Tokens of a prompt where the server does not tell. */
export function estimatePrompt({ messages }: GenerateRequest): number {
  return estimateTokens(messages.map(({ content }) => content).join('\n'))
}

/** 31 bits: what every server takes as a seed. */
export function seedAt(address: Address, extra: number): number {
  return randomAt(...address, 'seed', extra).int(2 ** 31)
}

/**
 * The fields of a chat request beside the model.
 *
 * @param n replies of this call
 * @param extra 0 for the first call of a request, then counted: further calls have other seeds
 */
export function chatFields(config: EndpointConfig, request: GenerateRequest, n: number, extra: number) {
  const { messages, sampling, address, json } = request
  return {
    messages: messages.map(({ role, content }) => ({ role, content })),
    ...(n > 1 && { n }),
    temperature: sampling.temperature,
    ...(sampling.topP !== undefined && sampling.topP < 1 && { top_p: sampling.topP }),
    [config.maxTokensKey]: sampling.maxTokens,
    ...(config.seed && { seed: seedAt(address, extra) }),
    ...(json !== undefined && formatOf(config.json, json)),
  }
}

function formatOf(kind: EndpointConfig['json'], { name, schema }: JsonFormat) {
  if (kind === 'none') return {}
  if (kind === 'object') return { response_format: { type: 'json_object' as const } }
  const json_schema = { name, strict: true, schema: { ...schema } }
  return { response_format: { type: 'json_schema' as const, json_schema } }
}
