import { cleanText } from '../common/clean-text.js'
import { AttuneError } from '../common/error.js'
import type { Address } from '../common/random.js'
import type { PromptText, Prompts } from '../configs/prompts.js'
import type { ChatMessage, ChatModel, GenerateOptions } from './chat-model.js'

export interface ModelSummariserOptions {
  model: ChatModel
  prompts: Prompts
  /** Most tokens of a summary. @default 160 */
  maxTokens?: number
}

/** What a summary is made with, whatever its span. */
export interface SummaryRequest {
  /** Unique for the summary, and the same when it is asked for again. */
  address: Address
  /** What stands in for a summary that could not be had. */
  fallback: string
}

/** Longest summary kept: a model that does not stop must not fill every prompt after it. */
const LONGEST = 800

/** Writes the summary of an hour, or of four, with a chat model. */
export class ModelSummariser {
  #failures = 0

  constructor(private readonly options: ModelSummariserOptions) {}

  /** How many summaries could not be had and were replaced by their fallback. */
  get failures(): number {
    return this.#failures
  }

  /**
   * @param hour e.g. `monday, 09:00 to 10:00`
   * @param events one line for each, in order
   * @throws the signal's reason when aborted; AttuneError MODEL_DENIED, and of any kind but `model`, e.g. of a spent budget
   */
  hour(
    { hour, events, ...request }: SummaryRequest & { hour: string; events: string },
    options?: GenerateOptions,
  ): Promise<string> {
    return this.#write(this.options.prompts.fill('summarise-hour', { hour, events }), request, options)
  }

  /**
   * @param hours e.g. `monday, 08:00 to 12:00`
   * @param summaries one line for each of the four, in order
   * @throws as {@link hour}
   */
  hours(
    { hours, summaries, ...request }: SummaryRequest & { hours: string; summaries: string },
    options?: GenerateOptions,
  ): Promise<string> {
    return this.#write(this.options.prompts.fill('summarise-hours', { hours, summaries }), request, options)
  }

  async #write(
    { system, user }: PromptText,
    { address, fallback }: SummaryRequest,
    options?: GenerateOptions,
  ): Promise<string> {
    const messages: ChatMessage[] = [{ role: 'user', content: user }]
    if (system !== null) messages.unshift({ role: 'system', content: system })
    const sampling = { temperature: 0, minP: 0, maxTokens: this.options.maxTokens ?? 160 }
    try {
      const [reply] = await this.options.model.generate([{ messages, n: 1, sampling, address }], options)
      const text = cleanText(reply?.choices[0]?.text ?? '', LONGEST)
      if (text !== '') return text
    } catch (error) {
      options?.signal?.throwIfAborted()
      // a refused key or model is refused for every call to come
      if (!AttuneError.is(error) || error.kind !== 'model' || error.code === 'MODEL_DENIED') throw error
    }
    this.#failures++
    return fallback
  }
}
