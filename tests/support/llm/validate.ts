import type { ChatBody, LlmServerOptions } from './types.js'

const KNOWN = new Set(
  `model messages n seed temperature top_p max_tokens max_completion_tokens stream stream_options response_format
  stop frequency_penalty presence_penalty logit_bias logprobs top_logprobs user tools tool_choice
  parallel_tool_calls reasoning_effort service_tier store metadata prompt_cache_key verbosity modalities`.split(
    /\s+/,
  ),
)

/** What OpenAI would say against a body, or undefined. */
export function objection(body: ChatBody, options: LlmServerOptions): string | undefined {
  if (!Array.isArray(body.messages) || body.messages.length === 0)
    return "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
  if (body.messages.some(({ role, content }) => !role || typeof content !== 'string'))
    return "Invalid value for 'messages': expected a role and a string content."
  if (body.n !== undefined && !(Number.isSafeInteger(body.n) && body.n >= 1))
    return `Invalid 'n': integer below minimum value. Expected a value >= 1, but got ${String(body.n)} instead.`
  for (const field of options.refuses ?? []) {
    if (field in body) return `Unsupported parameter: '${field}' is not supported with this model.`
  }
  if (options.strict !== true) return undefined
  const unknown = Object.keys(body).find((field) => !KNOWN.has(field))
  if (unknown !== undefined) return `Unrecognized request argument supplied: ${unknown}`
  return formatObjection(body.response_format)
}

function formatObjection(format: ChatBody['response_format']): string | undefined {
  if (format === undefined) return undefined
  if (!['text', 'json_object', 'json_schema'].includes(format.type))
    return `Invalid value for 'response_format.type': '${format.type}'.`
  if (format.type !== 'json_schema') return undefined
  const { name, schema, strict } = format.json_schema ?? {}
  if (!name || !/^[\w-]{1,64}$/.test(name)) return "Invalid 'response_format.json_schema.name'."
  if (typeof schema !== 'object') return "Missing required parameter: 'response_format.json_schema.schema'."
  const wrong = strict === true ? schemaObjection(schema, []) : undefined
  return wrong && `Invalid schema for response_format '${name}': ${wrong}`
}

/** The rules of OpenAI's strict schemas: no further properties, and every property required. */
function schemaObjection(schema: Record<string, unknown>, path: string[]): string | undefined {
  const where = `In context=(${path.map((each) => `'${each}'`).join(', ')})`
  if (schema['type'] === 'object') {
    if (schema['additionalProperties'] !== false)
      return `${where}, 'additionalProperties' is required to be supplied and to be false.`
    const properties = (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>
    const required = (schema['required'] ?? []) as string[]
    for (const [name, inner] of Object.entries(properties)) {
      if (!required.includes(name)) return `${where}, 'required' must include every key. Missing '${name}'.`
      const wrong = schemaObjection(inner, [...path, 'properties', name])
      if (wrong !== undefined) return wrong
    }
  }
  const items = schema['items']
  if (typeof items === 'object' && items !== null)
    return schemaObjection(items as Record<string, unknown>, [...path, 'items'])
  return undefined
}
