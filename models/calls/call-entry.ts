import type { FailedAttempt, GenerateReply } from '../chat-model.js'

/** Who a call is made for. */
export const ROLES = ['life', 'rater', 'assistant', 'embedder', 'import', 'trainer'] as const
export type Role = (typeof ROLES)[number]

/** One line of `calls.jsonl`: a paid reply, or an attempt that yielded nothing. */
export type CallEntry =
  | {
      type: 'reply'
      key: string
      role: Role
      /** The model as the server names it. */
      model: string
      reply: GenerateReply
      usd: number
      /** From sending to the whole reply, waits for limits and retries included. */
      seconds: number
    }
  | {
      type: 'vector'
      key: string
      role: 'embedder'
      model: string
      vector: string
      tokens: number
      usd: number
    }
  | ({ type: 'failure'; key: string; role: Role; model: string } & FailedAttempt)

/** True for a line that attune wrote: enough to tell it from other JSON. */
export function isCallEntry(value: unknown): value is CallEntry {
  return typeof value === 'object' && value !== null && 'type' in value && 'key' in value && 'role' in value
}
