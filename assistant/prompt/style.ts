import type { Summary } from '../../datasets/events/hourly-summaries.js'
import type { Moment } from '../../datasets/schema.js'
import type { GenerateRequest } from '../../models/chat-model.js'
import type { DeliveryState } from '../day-state.js'
import type { Recollection, RetrievalRules } from '../memory/memory.js'
import type { ParsedReply } from '../parse-reply.js'

/** What a prompt is written from. */
export interface Situation {
  moment: Moment
  deliveries: DeliveryState
  recollection: Recollection
  /** Of today, in order; empty for a style that shows none. */
  summaries: readonly Summary[]
  /** The user has asked the assistant to say something. */
  asked: boolean
}

export interface WrittenPrompt {
  /** Null for models without a system message. */
  system: string | null
  user: string
}

/** The part of a request that a style decides on. */
export type Wording = Pick<GenerateRequest, 'messages' | 'exclude' | 'json'>

/** A reply as it was meant, and as the model writes it where that is not the text itself. */
export type ReadReply = ParsedReply & { reply: string | null }

/** How a model is asked for a recommendation, and how its reply is read. */
export interface PromptStyle {
  readonly retrievalRules: RetrievalRules | undefined
  write(situation: Situation): WrittenPrompt
  ask(prompt: WrittenPrompt): Wording
  /** As {@link ask}, where silence is no answer. */
  askToSpeak(prompt: WrittenPrompt): Wording
  /** Never throws, whatever the reply. */
  read(reply: string): ReadReply
  /** The reply that says `text` (null: silence); null where it is the text itself. */
  replyFor(text: string | null): string | null
}
