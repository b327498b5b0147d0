import { z } from 'zod'
import { hfEndpoint } from './hf-endpoint.js'
import { count, positive } from './numbers.js'

const limits = z
  .strictObject({
    concurrent: z.int().min(1).max(4096).default(8).describe('Calls under way at once.'),
    requestsPerMinute: z.int().min(1).nullable().default(null).describe('null: no limit.'),
    tokensPerMinute: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('Prompt and reply tokens together; null: no limit.'),
  })
  .describe('What the server allows. Two roles with limits of their own: two entries for the same model.')

const price = z
  .strictObject({
    input: z.number().min(0).describe('USD for a million prompt tokens.'),
    output: z.number().min(0).describe('USD for a million reply tokens.'),
    cachedInput: z
      .number()
      .min(0)
      .nullable()
      .default(null)
      .describe('USD for a million prompt tokens that the server had cached; null: as `input`.'),
  })
  .describe('What calls cost. Without it they are counted, and cost nothing.')

/** A chat model (or embedding model) behind an endpoint. */
export const endpoint = z
  .strictObject({
    model: z.string().min(1).describe('The model as the server names it.'),
    url: z
      .url({ protocol: /^https?$/ })
      .nullable()
      .default(null)
      .describe('Base URL of an OpenAI-compatible server up to `/v1`; null: a provider.'),
    provider: z
      .string()
      .nullable()
      .default(null)
      .describe('Hugging Face Inference Provider, e.g. `together`; null without a url: `auto`.'),
    keyFrom: z
      .string()
      .regex(/^[A-Z_][A-Z0-9_]*$/, 'the name of an environment variable')
      .nullable()
      .default(null)
      .describe(
        'Environment variable with the key. null: `HF_TOKEN` for a provider or `hf-endpoint`, no key for another url.',
      ),
    json: z
      .enum(['schema', 'object', 'none'])
      .default('schema')
      .describe(
        'Structured output the server has: JSON schema, any JSON object, or none (asked for in words).',
      ),
    severalReplies: z
      .boolean()
      .default(true)
      .describe('The server can give several replies (`n`) in one call.'),
    seed: z.boolean().default(true).describe('The server takes a `seed`.'),
    stream: z
      .boolean()
      .default(false)
      .describe('Receive replies as they grow, where proxies cut quiet connections.'),
    maxTokensKey: z
      .enum(['max_tokens', 'max_completion_tokens'])
      .default('max_tokens')
      .describe('How the server calls the most tokens of a reply.'),
    body: z
      .record(z.string(), z.json())
      .default({})
      .describe('Further fields of every request, e.g. `{ min_p: 0.05 }` for vLLM; null leaves a field out.'),
    limits: limits.prefault({}),
    timeoutSeconds: positive.default(120).describe('Longest wait for one call.'),
    retries: count
      .default(6)
      .describe('Further attempts after 408, 409, 425, 429, 5xx or a broken connection.'),
    latencySeconds: positive
      .default(1)
      .describe('Usual time of a call: only for the estimate of `attune plan`.'),
    price: price
      .nullable()
      .default(null)
      .describe('What calls cost; null: they are counted, and cost nothing.'),
    adapters: z
      .enum(['none', 'vllm', 'sglang', 'llama.cpp', 'transformers', 'hf-endpoint'])
      .default('none')
      .describe('How the server takes a night’s adapter; `none`: it serves hosted models by name only.'),
    endpoint: hfEndpoint
      .nullable()
      .default(null)
      .describe('The Inference Endpoint behind `url`, for `adapters: hf-endpoint`.'),
    adapterFolder: z
      .string()
      .nullable()
      .default(null)
      .describe('The run folder as the server sees it, where that is another path; null: the same path.'),
    tokenizer: z
      .string()
      .nullable()
      .default(null)
      .describe('Folder with tokenizer.json, for exact counts in `attune plan`; null: 4 characters a token.'),
  })
  .refine(({ url, provider }) => url === null || provider === null, {
    message: 'either `url` or `provider`',
    path: ['provider'],
  })
  .refine(({ adapters, url }) => adapters === 'none' || url !== null, {
    message: 'needs `url`: adapters are loaded into a server of your own',
    path: ['adapters'],
  })
  .refine(({ adapters, endpoint }) => (adapters === 'hf-endpoint') === (endpoint !== null), {
    message: 'goes with `adapters: hf-endpoint`, and that needs it',
    path: ['endpoint'],
  })
  .refine(({ model, endpoint }) => endpoint === null || /^[\w.-]+\/[\w.-]+$/.test(model), {
    message: 'an Inference Endpoint needs the repository of its base: owner/name',
    path: ['model'],
  })
  .refine(({ model, endpoint }) => endpoint === null || endpoint.repository !== model, {
    message: 'is the base: checkpoints need a repository of their own',
    path: ['endpoint', 'repository'],
  })
  .describe('A model behind an endpoint.')
