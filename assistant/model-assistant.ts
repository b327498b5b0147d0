import { type Catalogue, type Meaning, catalogueSentences } from '../configs/catalogue.js'
import { randomAt } from '../common/random.js'
import type { AssistantConfig } from '../configs/schema.js'
import { type Candidate, type CandidateOrigin, type Moment, NO_RECOMMENDATION } from '../datasets/schema.js'
import type { ChatModel, Choice, GenerateRequest, Sampling } from '../models/chat-model.js'
import type { Assistant, AssistantEvent, ProposeOptions, Proposal } from './assistant.js'
import { DayState } from './day-state.js'
import { Memory } from './memory/memory.js'
import { parseReply } from './parse-reply.js'
import { compactPrompt } from './prompt/compact.js'

export interface ModelAssistantOptions {
  model: ChatModel
  config: AssistantConfig
  catalogue: Catalogue
  seed: number
}

/** ProPerAssistant (paper, section 4): memory and the current moment make a prompt, the model writes candidates. */
export class ModelAssistant implements Assistant {
  readonly #memory: Memory
  readonly #day = new DayState()
  readonly #sentences: Map<string, Meaning>

  constructor(private readonly options: ModelAssistantOptions) {
    this.#memory = new Memory(options.config.memory)
    this.#sentences = catalogueSentences(options.catalogue)
  }

  /** Exchanges the weights that speak from now on, e.g. for the night's checkpoint. */
  async useModel(model: ChatModel): Promise<void> {
    await this.close()
    this.options.model = model
  }

  /** Closes the model. */
  async close(): Promise<void> {
    await this.options.model.close()
  }

  startDay(_day: number): void {
    this.#memory.startDay()
    this.#day.startDay()
  }

  async propose(moment: Moment, { signal }: ProposeOptions = {}): Promise<Proposal> {
    const { config, model, seed } = this.options
    const prompt = this.#prompt(moment)
    const address = [seed, moment.persona, moment.day, moment.step] as const
    const sampling: Sampling = {
      temperature: config.temperature,
      minP: config.minP,
      maxTokens: config.maxTokens,
    }
    const messages = [{ role: 'user', content: prompt }] as const
    const forced = config.forcedSilence > 0 && randomAt(...address, 'forced').next() < config.forcedSilence
    const requests: GenerateRequest[] = [
      { messages, n: config.candidates - (forced ? 1 : 0), sampling, address: [...address, 'reply'] },
    ]
    if (config.spokenCounterfactuals > 0) {
      const exclude = [NO_RECOMMENDATION]
      requests.push({
        messages,
        n: config.spokenCounterfactuals,
        sampling: {
          ...sampling,
          temperature: config.counterfactualTemperature,
          minP: config.counterfactualMinP,
        },
        address: [...address, 'spoken'],
        exclude,
      })
    }
    const [free, spoken] = await model.generate(requests, signal ? { signal } : {})
    const candidates = free!.choices.map((choice) => this.#candidate(choice, 'sampled'))
    if (forced) candidates.unshift(silence('sampled'))
    const delivered = candidates.length - 1
    if (spoken) candidates.push(...spoken.choices.map((choice) => this.#candidate(choice, 'spoken')))
    if (config.silenceCounterfactual && !candidates.some(({ text }) => text === null))
      candidates.push(silence('silence'))
    return {
      prompt,
      candidates,
      delivered,
      promptTokens: free!.promptTokens,
      completionTokens: [...free!.choices, ...(spoken?.choices ?? [])].reduce(
        (sum, c) => sum + c.completionTokens,
        0,
      ),
    }
  }

  observe(event: AssistantEvent): void {
    const { moment } = event
    if (event.type === 'rated') return this.#memory.rate(moment, event.rating)
    this.#memory.add({ moment, text: event.text, rating: null })
    if (event.text !== null) this.#day.delivered(moment)
  }

  #prompt(moment: Moment): string {
    const { content } = this.options.config.memory
    const { latest, lastSaid, retrieved } = this.#memory.recall(moment)
    const events = [
      ...(lastSaid ? [lastSaid] : []),
      ...retrieved.map(({ event }) => event),
      ...latest.toReversed(),
    ]
    return compactPrompt(
      { moment, deliveries: this.#day.at(moment.minute), events: [...new Set(events)], content },
      this.#sentences,
    )
  }

  #candidate({ text, logProb }: Choice, origin: CandidateOrigin): Candidate {
    const { grammar } = this.options.config
    const parsed = parseReply(text, grammar === 'catalogue' ? this.#sentences : null)
    return { ...parsed, reply: null, origin, logProb: logProb ?? null }
  }
}

function silence(origin: CandidateOrigin): Candidate {
  return { text: null, origin, malformed: false, reply: null, logProb: null }
}
