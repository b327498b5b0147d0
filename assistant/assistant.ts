import type { Candidate, Moment, Rating } from '../datasets/schema.js'

/** What the assistant learns of the day as it goes on. A rating may come steps after its delivery, or never. */
export type AssistantEvent =
  | { type: 'delivered'; moment: Moment; text: string | null }
  | { type: 'rated'; moment: Moment; rating: Rating }

/** What could be said at a moment. */
export interface Proposal {
  /** The system message; absent for models without one. */
  system?: string
  /** The prompt as the model saw it; empty for assistants without a model. */
  prompt: string
  candidates: Candidate[]
  /** Index of the candidate that is to reach the user. */
  delivered: number
  promptTokens: number
  completionTokens: number
}

export interface ProposeOptions {
  signal?: AbortSignal | undefined
  /** The user asks to be spoken to now. */
  asked?: boolean
}

/** Who decides at every moment whether to speak, and what to say. */
export interface Assistant {
  /** Forgets what counts for one day only. Days come in order, from 1. */
  startDay(day: number): void
  /** @throws AttuneError of kind `model` when nothing could be had from the model */
  propose(moment: Moment, options?: ProposeOptions): Promise<Proposal>
  /**
   * The reply that a model of this prompt would have had to write to say `text`: how a user's rewrite becomes the other
   * side of a pair. Null where it is the text itself. Absent: always so.
   */
  replyFor?(text: string | null): string | null
  observe(event: AssistantEvent): void
}
