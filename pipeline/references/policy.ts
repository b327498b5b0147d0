import type { Assistant, AssistantEvent, Proposal } from '../../assistant/assistant.js'
import { DayState, type DeliveryState } from '../../assistant/day-state.js'
import type { Moment } from '../../datasets/schema.js'

/** Decides by rule: the sentence to say, or null for silence. */
export type Decide = (moment: Moment, deliveries: DeliveryState) => string | null

/** A reference policy: an assistant without a model, whose rule may look at what no assistant sees. */
export class PolicyAssistant implements Assistant {
  readonly #day = new DayState()

  constructor(private readonly decide: Decide) {}

  startDay(): void {
    this.#day.startDay()
  }

  async propose(moment: Moment): Promise<Proposal> {
    const text = this.decide(moment, this.#day.at(moment.minute))
    const candidate = { text, origin: 'sampled', malformed: false, reply: null, logProb: null } as const
    return { prompt: '', candidates: [candidate], delivered: 0, promptTokens: 0, completionTokens: 0 }
  }

  observe(event: AssistantEvent): void {
    if (event.type === 'delivered' && event.text !== null) this.#day.delivered(event.moment)
  }
}
