import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { AttuneError } from '../../common/error.js'
import type { Random } from '../../common/random.js'
import type { Sampling } from '../chat-model.js'
import { KvCache } from './kv-cache.js'
import type { LlamaConfig } from './llama-config.js'
import { llamaInferenceGraph, SPARE_COLUMNS, type InferenceNames } from './llama-inference-graph.js'
import { createSession } from './onnx/session.js'
import { sampleToken } from './sample.js'
import { follow, type TrieNode } from './trie.js'
import type { Weights } from './weights.js'

/** One reply wanted. */
export interface ReplyRequest {
  sampling: Sampling
  /** The reply's own generator, so that its draws do not depend on what else is generated. */
  random: Random
  /** Root of the replies allowed; null: any text. */
  grammar: TrieNode | null
  /** Tokens with which a reply without grammar must not begin. */
  notFirst?: ReadonlySet<number>
}

/** One reply drawn. */
export interface GeneratedReply {
  /** Token ids without the end of sequence. */
  ids: number[]
  /** The reply as the grammar spells it; null without grammar, or when it was cut. */
  text: string | null
  finishReason: 'stop' | 'length'
  /** Log-probability at temperature 1 among the tokens allowed, end of sequence included. */
  logProb: number
}

interface Row extends GeneratedReply {
  request: ReplyRequest
  node: TrieNode | null
  /** Drawn, not yet fed. */
  pending: number[]
  limit: number
  isDone: boolean
}

/** Hides a column from a token: exp of it is 0 in f32. */
const HIDDEN = -1e9
const PROMPT = -1

const int64 = (values: readonly number[], dims: readonly number[]): Tensor =>
  new Tensor('int64', BigInt64Array.from(values, BigInt), dims)

/** Generates replies with a Llama on the CPU; the prompt is computed once for all its replies. */
export class LlamaGenerator {
  readonly #cache: KvCache
  /** Whose token lies in each column of the cache. */
  #owners: number[] = []
  /** Passes share the cache, so calls take turns. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly config: LlamaConfig,
    private readonly session: InferenceSession,
    private readonly names: InferenceNames,
  ) {
    this.#cache = new KvCache(config)
  }

  /** @param weights copied into the session; later changes have no effect */
  static async create(config: LlamaConfig, weights: Weights): Promise<LlamaGenerator> {
    const { bytes, names } = llamaInferenceGraph(config, weights)
    return new LlamaGenerator(config, await createSession(bytes), names)
  }

  /** Logits [tokens, vocabulary] after each token of a text, in one pass. */
  forward(ids: readonly number[]): Promise<Float32Array> {
    return this.#inTurn(async () => {
      this.#begin(ids, ids.length)
      const all = ids.map((_, i) => i)
      return this.#pass(
        [...ids],
        all,
        ids.map(() => PROMPT),
        all,
      )
    })
  }

  /**
   * One reply a request, in order. Replies advance together; tokens that the grammar forces are not drawn, and are fed
   * in the same pass as the next token that is.
   *
   * @throws AttuneError PROMPT_EMPTY or PROMPT_TOO_LONG (kind `model`)
   */
  generate(prompt: readonly number[], requests: readonly ReplyRequest[]): Promise<GeneratedReply[]> {
    return this.#inTurn(async () => {
      const room = this.config.maxPositions - prompt.length
      const limits = requests.map(({ sampling }) => Math.min(sampling.maxTokens, room))
      this.#begin(prompt, Math.min(prompt.length + limits.reduce((a, b) => a + b, 0), this.#columns))
      const all = prompt.map((_, i) => i)
      const first = await this.#pass(
        [...prompt],
        all,
        all.map(() => PROMPT),
        [prompt.length - 1],
      )
      const rows = requests.map((request, i): Row => start(request, limits[i]!))
      for (const row of rows) if (!row.isDone) this.#draw(row, first)
      for (let from = 0; from < rows.length;) from = await this.#finishSome(rows, from, prompt.length)
      return rows.map(({ ids, text, finishReason, logProb }) => ({ ids, text, finishReason, logProb }))
    })
  }

  async close(): Promise<void> {
    await this.#turn
    await this.session.release()
  }

  get #columns(): number {
    return this.config.maxPositions + SPARE_COLUMNS
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }

  #begin(prompt: readonly number[], columns: number): void {
    const { maxPositions } = this.config
    if (prompt.length === 0) {
      throw new AttuneError('PROMPT_EMPTY', 'model', 'the prompt is empty', {
        hint: 'Give a prompt of at least one word.',
      })
    }
    if (prompt.length > maxPositions) {
      const message = `the prompt has ${prompt.length} tokens, the model takes ${maxPositions}`
      throw new AttuneError('PROMPT_TOO_LONG', 'model', message, { hint: 'Retrieve fewer memories.' })
    }
    this.#owners = []
    this.#cache.reserve(columns)
  }

  /** Draws to the end as many rows from `from` on as the cache has room for; returns the first one left. */
  async #finishSome(rows: readonly Row[], from: number, promptLength: number): Promise<number> {
    this.#owners.length = promptLength
    let to = from
    for (let used = promptLength; to < rows.length; to++) {
      used += rows[to]!.limit
      if (used > this.#columns && to > from) break
    }
    for (;;) {
      const ids: number[] = []
      const positions: number[] = []
      const owners: number[] = []
      const wanted: number[] = []
      const active: Row[] = []
      for (let i = from; i < to; i++) {
        const row = rows[i]!
        if (row.isDone) continue
        const start = promptLength + row.ids.length - row.pending.length
        for (let k = 0; k < row.pending.length; k++) {
          ids.push(row.pending[k]!)
          positions.push(start + k)
          owners.push(i)
        }
        row.pending = []
        wanted.push(ids.length - 1)
        active.push(row)
      }
      if (active.length === 0) return to
      const logits = await this.#pass(ids, positions, owners, wanted)
      const v = this.config.vocabSize
      active.forEach((row, i) => this.#draw(row, logits.subarray(i * v, (i + 1) * v)))
    }
  }

  /** Draws a row's next token and takes those that the grammar forces after it. */
  #draw(row: Row, logits: Float32Array): void {
    const { sampling, random, notFirst } = row.request
    let allowed = row.node?.tokens ?? null
    if (!allowed && notFirst && row.ids.length === 0) {
      allowed = Int32Array.from(logits.keys()).filter((id) => !notFirst.has(id))
    }
    const { token, logProb } = sampleToken(logits, allowed, sampling, random)
    row.logProb += logProb
    this.#take(row, token)
    while (!row.isDone && row.node?.tokens.length === 1) this.#take(row, row.node.tokens[0]!)
  }

  #take(row: Row, token: number): void {
    row.node &&= follow(row.node, token) ?? null
    if (token === this.config.eosTokenId) {
      row.text = row.node?.reply ?? null
      row.isDone = true
      return
    }
    row.ids.push(token)
    row.pending.push(token)
    if (row.ids.length < row.limit) return
    row.finishReason = 'length'
    row.isDone = true
  }

  /** Feeds tokens, each seeing the prompt and the earlier tokens of its owner; logits of those wanted. */
  async #pass(
    ids: readonly number[],
    positions: readonly number[],
    owners: readonly number[],
    wanted: readonly number[],
  ): Promise<Float32Array> {
    const { names } = this
    const n = ids.length
    this.#owners.push(...owners)
    const length = this.#owners.length
    const mask = new Float32Array(n * length)
    for (let i = 0, at = 0; i < n; i++) {
      const own = owners[i]!
      for (let column = 0; column < length; column++, at++) {
        const owner = this.#owners[column]!
        if (owner !== own && owner !== PROMPT) mask[at] = HIDDEN
      }
    }
    const feeds: Record<string, Tensor> = {
      [names.ids]: int64(ids, [1, n]),
      [names.positions]: int64(positions, [1, n]),
      [names.mask]: new Tensor('float32', mask, [1, 1, n, length]),
      [names.lastColumn]: int64([length - 1], [1]),
      [names.length]: int64([length], []),
      [names.wanted]: int64(wanted, [wanted.length]),
    }
    const fetches: Record<string, Tensor | null> = { [names.logits]: null }
    this.#cache.tensors.forEach((tensor, i) => {
      feeds[names.past[i]!] = tensor
      fetches[names.present[i]!] = tensor
    })
    const { [names.logits]: logits } = await this.session.run(feeds, fetches)
    if (!(logits?.data instanceof Float32Array)) throw new TypeError('logits are not f32')
    return logits.data
  }
}

function start(request: ReplyRequest, limit: number): Row {
  const row = { request, node: request.grammar, pending: [], limit, ids: [], text: null, logProb: 0 }
  return { ...row, finishReason: limit > 0 ? 'stop' : 'length', isDone: limit <= 0 }
}
