import { randomAt } from '../common/random.js'
import type { Catalogue } from '../configs/catalogue.js'
import type { AnyPersona } from '../configs/persona.js'
import { type Prompts, loadPrompts } from '../configs/prompts.js'
import type { AssistantConfig } from '../configs/schema.js'
import { HourlySummaries, type Summary } from '../datasets/events/hourly-summaries.js'
import type { Candidate, CandidateOrigin, Moment } from '../datasets/schema.js'
import type { ChatModel, Choice, GenerateRequest, Sampling } from '../models/chat-model.js'
import type { Embedder } from '../models/embedding/embedder.js'
import type { Assistant, AssistantEvent, ProposeOptions, Proposal } from './assistant.js'
import { DayState } from './day-state.js'
import { summariesByModel } from './day-summaries.js'
import { EventView } from './memory/event-view.js'
import { Memory } from './memory/memory.js'
import { ChatStyle } from './prompt/chat.js'
import { CompactStyle } from './prompt/compact-style.js'
import type { PromptStyle, WrittenPrompt } from './prompt/style.js'

/** A catalogue sentence of the nano model has at most 20; JSON with a reason seldom more than 150. */
const MOST_TOKENS = { compact: 24, chat: 256 } as const

export interface ModelAssistantOptions {
  model: ChatModel
  config: AssistantConfig
  catalogue: Catalogue
  seed: number
  /** For `prompt: chat`. @default those that ship with attune */
  prompts?: Prompts
  /** Whom the assistant serves; needed where `config.persona` tells it. */
  persona?: AnyPersona
  /** What retrieval compares texts with. @default the built-in one */
  embedder?: Embedder
}

/** ProPerAssistant (paper, section 4): memory and the current moment make a prompt, the model writes candidates. */
export class ModelAssistant implements Assistant {
  readonly #memory: Memory
  readonly #day = new DayState()
  readonly #style: PromptStyle
  /** Null: the prompt shows none. */
  readonly #summaries: HourlySummaries | null = null
  /** By rule, whatever the configuration: for prompts that are not sent. */
  readonly #plainSummaries: HourlySummaries | null = null

  /** @throws AttuneError ASSISTANT_PERSONA_MISSING; CONFIG_INVALID for prompt files with problems */
  constructor(private readonly options: ModelAssistantOptions) {
    const { config, catalogue, seed, persona = null } = options
    if (config.prompt === 'chat') {
      const prompts = options.prompts ?? loadPrompts(null)
      const view = new EventView(config.memory, seed)
      this.#style = new ChatStyle({ config, prompts, view, persona })
      const { content, summaries } = config.memory
      if (content !== 'none' && summaries !== 'none') {
        this.#plainSummaries = new HourlySummaries(null, (events) => view.byRule(events))
        this.#summaries =
          summaries === 'model'
            ? summariesByModel({ model: this.#speaker, prompts, view, seed })
            : this.#plainSummaries
      }
    } else this.#style = new CompactStyle(config, catalogue)
    this.#memory = new Memory(config.memory, this.#style.retrievalRules, options.embedder)
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

  async propose(moment: Moment, { signal, asked = false }: ProposeOptions = {}): Promise<Proposal> {
    const { config, model, seed } = this.options
    const reactive = config.speaks === 'asked'
    if (reactive && !asked) return this.#silentProposal(moment)
    const prompt = await this.#prompt(moment, { asked: reactive, sent: true, signal })
    const address = [seed, moment.persona, moment.day, moment.step] as const
    const sampling = samplingOf(config)
    const forced = config.forcedSilence > 0 && randomAt(...address, 'forced').next() < config.forcedSilence
    const wording = this.#style.ask(prompt)
    const requests: GenerateRequest[] = [
      { ...wording, n: config.candidates - (forced ? 1 : 0), sampling, address: [...address, 'reply'] },
    ]
    if (config.spokenCounterfactuals > 0) {
      const { counterfactualTemperature: temperature, counterfactualMinP: minP } = config
      requests.push({
        ...this.#style.askToSpeak(prompt),
        n: config.spokenCounterfactuals,
        sampling: { ...sampling, temperature, minP },
        address: [...address, 'spoken'],
      })
    }
    const [free, spoken] = await model.generate(requests, signal ? { signal } : {})
    const candidates = free!.choices.map((choice) => this.#candidate(choice, 'sampled'))
    if (forced) candidates.unshift(this.#silence('sampled'))
    const delivered = candidates.length - 1
    const counterfactuals = spoken?.choices.map((choice) => this.#candidate(choice, 'spoken')) ?? []
    // a model behind an endpoint may be silent all the same
    candidates.push(...counterfactuals.filter(({ text }) => text !== null))
    if (config.silenceCounterfactual && !candidates.some(({ text }) => text === null))
      candidates.push(this.#silence('silence'))
    // models in process compute a prompt that two requests share once
    const spokenTokens = config.prompt === 'chat' ? (spoken?.promptTokens ?? 0) : 0
    return {
      ...recorded(prompt),
      candidates,
      delivered,
      promptTokens: free!.promptTokens + spokenTokens,
      completionTokens: [...free!.choices, ...(spoken?.choices ?? [])].reduce(
        (sum, c) => sum + c.completionTokens,
        0,
      ),
    }
  }

  replyFor(text: string | null): string | null {
    return this.#style.replyFor(text)
  }

  observe(event: AssistantEvent): void {
    const { moment } = event
    if (event.type === 'rated') return this.#memory.rate(moment, event.rating)
    this.#memory.add({ moment, text: event.text, rating: null })
    if (event.text !== null) this.#day.delivered(moment)
  }

  /** Nobody asked: the model is not asked either, neither for a reply nor for what stands in the prompt. */
  async #silentProposal(moment: Moment): Promise<Proposal> {
    const { candidates: n } = this.options.config
    const prompt = await this.#prompt(moment, { asked: false, sent: false })
    const candidates = Array.from({ length: n }, () => this.#silence('sampled'))
    return { ...recorded(prompt), candidates, delivered: n - 1, promptTokens: 0, completionTokens: 0 }
  }

  /** @param how `sent` false: it is only recorded, so that no model may be asked for a part of it */
  async #prompt(
    moment: Moment,
    { asked, sent, signal }: { asked: boolean; sent: boolean; signal?: AbortSignal | undefined },
  ): Promise<WrittenPrompt> {
    const written = sent ? this.#summaries : this.#plainSummaries
    const summaries: Summary[] = written ? await written.at(this.#memory.today, moment.minute, signal) : []
    const recollection = await this.#memory.recall(moment, sent)
    const deliveries = this.#day.at(moment.minute)
    return this.#style.write({ moment, deliveries, recollection, summaries, asked })
  }

  #candidate({ text, logProb }: Choice, origin: CandidateOrigin): Candidate {
    return { ...this.#style.read(text), origin, logProb: logProb ?? null }
  }

  #silence(origin: CandidateOrigin): Candidate {
    return { text: null, origin, malformed: false, reply: this.#style.replyFor(null), logProb: null }
  }

  /** Whichever model speaks at the time of the call. */
  get #speaker(): ChatModel {
    const { options } = this
    return {
      id: options.model.id,
      generate: (requests, how) => options.model.generate(requests, how),
      close: () => options.model.close(),
    }
  }
}

function samplingOf({ temperature, minP, topP, maxTokens, prompt }: AssistantConfig): Sampling {
  return {
    temperature,
    minP,
    maxTokens: maxTokens ?? MOST_TOKENS[prompt],
    ...(topP < 1 && { topP }),
  }
}

const recorded = ({ system, user }: WrittenPrompt): Pick<Proposal, 'system' | 'prompt'> => ({
  ...(system !== null && { system }),
  prompt: user,
})
