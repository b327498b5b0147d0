import { onTestFinished } from 'vitest'
import { runSchema, type EndpointConfig } from '../../../configs/schema.js'
import type { FailedAttempt, GenerateRequest } from '../../../models/chat-model.js'
import type { EndpointOptions } from '../../../models/endpoint/caller.js'
import { EndpointModel } from '../../../models/endpoint/endpoint-model.js'
import { type LlmServer, type LlmServerOptions, startLlmServer } from '../../support/llm-server.js'

/** A server that ends with the test. */
export async function serve(options: Partial<LlmServerOptions> = {}): Promise<LlmServer> {
  const server = await startLlmServer({ reply: (_, i) => `reply ${i}`, ...options })
  onTestFinished(() => server.close())
  return server
}

export function entry(fields: Record<string, unknown>): EndpointConfig {
  return runSchema.shape.models.unwrap().valueType.parse({ model: 'test', ...fields })
}

export function open(
  server: { url: string },
  fields: Record<string, unknown> = {},
  options: EndpointOptions = {},
): EndpointModel {
  return new EndpointModel('judge', entry({ url: server.url, ...fields }), {
    env: {},
    backoffMs: 1,
    ...options,
  })
}

export function ask(text = 'what now', fields: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: text },
    ],
    n: 1,
    sampling: { temperature: 0.7, minP: 0, maxTokens: 32 },
    address: [1, 'ada', 1, text],
    ...fields,
  }
}

/** Failed attempts as they are told. */
export function failures(): { list: FailedAttempt[]; onFailedAttempt: (attempt: FailedAttempt) => void } {
  const list: FailedAttempt[] = []
  return { list, onFailedAttempt: (attempt) => list.push(attempt) }
}
