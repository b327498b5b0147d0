import { type Catalogue, type Meaning, catalogueSentences } from '../../configs/catalogue.js'
import type { AssistantConfig } from '../../configs/schema.js'
import { NO_RECOMMENDATION } from '../../datasets/schema.js'
import { parseReply } from '../parse-reply.js'
import { compactPrompt } from './compact.js'
import type { PromptStyle, ReadReply, Situation, Wording, WrittenPrompt } from './style.js'

/** One line of words, the reply is what is said: what the nano model was made for. */
export class CompactStyle implements PromptStyle {
  readonly retrievalRules = undefined
  readonly #sentences: Map<string, Meaning>

  constructor(
    private readonly config: AssistantConfig,
    catalogue: Catalogue,
  ) {
    this.#sentences = catalogueSentences(catalogue)
  }

  write({ moment, deliveries, recollection }: Situation): WrittenPrompt {
    const { latest, lastSaid, retrieved } = recollection
    const events = [
      ...(lastSaid ? [lastSaid] : []),
      ...retrieved.map(({ event }) => event),
      ...latest.toReversed(),
    ]
    const { content } = this.config.memory
    const situation = { moment, deliveries, events: [...new Set(events)], content }
    return { system: null, user: compactPrompt(situation, this.#sentences) }
  }

  ask({ user }: WrittenPrompt): Wording {
    return { messages: [{ role: 'user', content: user }] }
  }

  askToSpeak(prompt: WrittenPrompt): Wording {
    return { ...this.ask(prompt), exclude: [NO_RECOMMENDATION] }
  }

  read(reply: string): ReadReply {
    const sentences = this.config.grammar === 'catalogue' ? this.#sentences : null
    return { ...parseReply(reply, sentences), reply: null }
  }

  replyFor(): null {
    return null
  }
}
