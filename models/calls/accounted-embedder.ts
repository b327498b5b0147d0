import { canonicalJson } from '../../common/canonical-json.js'
import { sha256Hex } from '../../common/files.js'
import type { EndpointConfig } from '../../configs/schema.js'
import type { Embedder } from '../embedding/embedder.js'
import type { Budget } from './budget.js'
import type { LedgerSlot } from './ledger.js'
import { usdOf } from './spend.js'

/** Servers do not tell the tokens of every text; what is counted is an estimate. */
const CHARACTERS_PER_TOKEN = 4

export interface EmbedderAccount {
  /** Open over all days: a text that comes again is not paid again. */
  ledger: LedgerSlot
  budget: Budget
  price: EndpointConfig['price']
  /** The model as the server names it. */
  model: string
}

/** An embedder behind an endpoint whose every vector is on record, and found there instead of being asked for again. */
export class AccountedEmbedder implements Embedder {
  readonly id: string
  #inner: Promise<Embedder> | null = null
  #dim = 0

  /** @param open opens the embedder, which may cost a call; not done before a text is new */
  constructor(
    private readonly open: () => Promise<Embedder>,
    private readonly account: EmbedderAccount,
  ) {
    this.id = account.model
  }

  /** 0 before the first vector. */
  get dim(): number {
    return this.#dim
  }

  /** @throws AttuneError BUDGET_REACHED, FILE_WRITE_FAILED, and what the embedder throws */
  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    const ledger = this.account.ledger.current
    const known = texts.map((text) => ledger.findVector(this.#key(text)))
    const fresh = texts.filter((_, i) => known[i] === undefined)
    const learned = fresh.length > 0 ? await this.#ask(fresh) : []
    let next = 0
    const vectors = known.map((stored) => (stored === undefined ? learned[next++]! : decode(stored)))
    this.#dim = vectors[0]?.length ?? this.#dim
    return vectors
  }

  async #ask(texts: readonly string[]): Promise<Float32Array[]> {
    const { budget, price, model } = this.account
    const ledger = this.account.ledger.current
    const tokens = texts.map((text) => Math.ceil(text.length / CHARACTERS_PER_TOKEN))
    const total = tokens.reduce((sum, n) => sum + n, 0)
    const usd = (n: number): number => usdOf({ promptTokens: n, cachedTokens: 0, completionTokens: 0 }, price)
    const settle = await budget.reserve({ tokens: total, usd: usd(total) })
    try {
      const vectors = await (await (this.#inner ??= this.open())).embed(texts)
      settle({ tokens: total, usd: usd(total) })
      vectors.forEach((vector, i) =>
        ledger.add({
          type: 'vector',
          key: this.#key(texts[i]!),
          role: 'embedder',
          model,
          vector: encode(vector),
          tokens: tokens[i]!,
          usd: usd(tokens[i]!),
        }),
      )
      return vectors
    } finally {
      settle(null)
    }
  }

  #key(text: string): string {
    return sha256Hex(canonicalJson({ role: 'embedder', model: this.id, text })).slice(0, 32)
  }
}

function encode(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}

function decode(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}
