import { performance } from 'node:perf_hooks'
import { canonicalJson } from '../../common/canonical-json.js'
import { sha256Hex } from '../../common/files.js'
import type { EndpointConfig } from '../../configs/schema.js'
import type { ChatModel, GenerateOptions, GenerateReply, GenerateRequest } from '../chat-model.js'
import type { Budget } from './budget.js'
import type { Role } from './call-entry.js'
import type { LedgerSlot } from './ledger.js'
import { usageOf, usdOf } from './spend.js'

/** Fewer characters than a token has in any common language: what is reserved must not be too little. */
const LEAST_CHARACTERS_PER_TOKEN = 2
/** Tokens that a chat template puts around a message, at most. */
const TEMPLATE_TOKENS = 16

export interface Account {
  role: Role
  ledger: LedgerSlot
  budget: Budget
  price: EndpointConfig['price']
}

/**
 * A model whose every call is on record: capped before it is made, journaled before its reply is used, and found in the
 * journal instead of being made again.
 */
export class AccountedModel implements ChatModel {
  constructor(
    private readonly inner: ChatModel,
    private readonly account: Account,
  ) {}

  get id(): string {
    return this.inner.id
  }

  /**
   * After an abort no further call is made; those under way are waited for, since they are paid for.
   *
   * @throws AttuneError BUDGET_REACHED, FILE_WRITE_FAILED; what the model throws; the signal's reason when aborted
   */
  async generate(
    requests: readonly GenerateRequest[],
    options: GenerateOptions = {},
  ): Promise<GenerateReply[]> {
    const outcomes = await Promise.allSettled(requests.map((request) => this.#once(request, options)))
    return outcomes.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    })
  }

  /** The model is shared by all who live at once; who opened it closes it. */
  close(): Promise<void> {
    return Promise.resolve()
  }

  async #once(request: GenerateRequest, { signal }: GenerateOptions): Promise<GenerateReply> {
    const { role, budget, price } = this.account
    const ledger = this.account.ledger.current
    const { id: model } = this
    const key = callKey(role, model, request)
    const known = ledger.find(key)
    if (known) return known
    signal?.throwIfAborted()
    const settle = await budget.reserve(mostOf(request, price), signal)
    try {
      const from = performance.now()
      const [reply] = await this.inner.generate([request], {
        ...(signal && { signal }),
        keepInFlight: true,
        onFailedAttempt: (attempt) => ledger.add({ type: 'failure', key, role, model, ...attempt }),
      })
      const usage = usageOf(reply!)
      const usd = usdOf(usage, price)
      settle({ tokens: usage.promptTokens + usage.completionTokens, usd })
      const seconds = (performance.now() - from) / 1000
      ledger.add({ type: 'reply', key, role, model, reply: reply!, usd, seconds })
      return reply!
    } finally {
      settle(null)
    }
  }
}

/** What names a call: who asks which model what, at which place of the run. */
export function callKey(role: Role, model: string, request: GenerateRequest): string {
  const { messages, n, sampling, address, json, exclude } = request
  return sha256Hex(canonicalJson({ role, model, messages, n, sampling, address, json, exclude })).slice(0, 32)
}

function mostOf({ messages, n, sampling, json }: GenerateRequest, price: EndpointConfig['price']) {
  const characters = messages.reduce(
    (sum, { content }) => sum + content.length,
    JSON.stringify(json ?? '').length,
  )
  const prompt = Math.ceil(characters / LEAST_CHARACTERS_PER_TOKEN) + TEMPLATE_TOKENS * messages.length
  // a server that gives one reply a call reads the prompt for each
  const promptTokens = n * prompt
  const completionTokens = n * sampling.maxTokens
  const usd = usdOf({ promptTokens, cachedTokens: 0, completionTokens }, price)
  return { tokens: promptTokens + completionTokens, usd }
}
