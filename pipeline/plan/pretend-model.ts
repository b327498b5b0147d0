import { randomAt } from '../../common/random.js'
import { callKey } from '../../models/calls/accounted-model.js'
import type { Role } from '../../models/calls/call-entry.js'
import type { ChatMessage, ChatModel, GenerateReply, GenerateRequest } from '../../models/chat-model.js'
import { seedAt } from '../../models/endpoint/chat-request.js'
import { NO_RECOMMENDATION } from '../../datasets/schema.js'
import { type PretendHabits, pretendReply } from './pretend-reply.js'
import type { VirtualClock } from './virtual-clock.js'

export interface PretendModelOptions extends PretendHabits {
  /** Tokens of a text. */
  count: (text: string) => number
  /** One call for all replies of a request; else each reads the prompt again. */
  severalReplies: boolean
  latencySeconds: number
  clock: VirtualClock
  /** Who asks this entry. */
  roles: readonly Role[]
  /** Takes the most tokens that the replies to a call may have, by the call's key. */
  longest: Map<string, number>
}

/** Tokens that a chat template puts around a message. */
const TEMPLATE_TOKENS = 4

/** A model behind an endpoint as `attune plan` asks it: it counts, replies at once, and calls nobody. */
export class PretendModel implements ChatModel {
  /** @param id name of the entry in `models`, so that ledgers tell entries apart */
  constructor(
    readonly id: string,
    private readonly options: PretendModelOptions,
  ) {}

  async generate(requests: readonly GenerateRequest[]): Promise<GenerateReply[]> {
    const { clock, latencySeconds } = this.options
    await Promise.all(requests.map(({ address }) => clock.call(address, latencySeconds)))
    return requests.map((request) => this.#reply(request))
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #reply(request: GenerateRequest): GenerateReply {
    const { count, severalReplies, roles, longest } = this.options
    const { n, sampling, address, messages } = request
    for (const role of roles) longest.set(callKey(role, this.id, request), n * sampling.maxTokens)
    const choices = Array.from({ length: n }, (_, i) => {
      const random = randomAt(seedAt(address, severalReplies ? 0 : i), severalReplies ? i : 0)
      const text = pretendReply(request, random, this.options)
      const completionTokens = Math.min(count(text), sampling.maxTokens)
      return { text, finishReason: 'stop' as const, completionTokens }
    })
    return { choices, promptTokens: (severalReplies ? 1 : n) * promptTokens(messages, count) }
  }
}

function promptTokens(messages: readonly ChatMessage[], count: (text: string) => number): number {
  return messages.reduce((sum, { content }) => sum + count(content) + TEMPLATE_TOKENS, 0)
}

/**
 * A model of this machine in a dry run: it costs nothing and is not loaded.
 *
 * @param replies the only ones that may come; null: any text
 */
export function pretendLocal(replies: readonly string[] | null, habits: PretendHabits): ChatModel {
  const spoken = replies?.filter((reply) => reply !== NO_RECOMMENDATION) ?? null
  const say = (request: GenerateRequest, i: number): string => {
    const random = randomAt(...request.address, 'pretend', i)
    if (request.json) return pretendReply(request, random, habits)
    const silent = !request.exclude?.includes(NO_RECOMMENDATION) && random.next() >= habits.speaks
    if (silent) return NO_RECOMMENDATION
    return spoken === null ? pretendReply(request, random, habits) : random.pick(spoken)
  }
  return {
    id: 'local',
    generate: (requests) =>
      Promise.resolve(
        requests.map((request) => ({
          choices: Array.from({ length: request.n }, (_, i) => ({
            text: say(request, i),
            finishReason: 'stop' as const,
            completionTokens: 0,
          })),
          promptTokens: 0,
        })),
      ),
    close: () => Promise.resolve(),
  }
}
