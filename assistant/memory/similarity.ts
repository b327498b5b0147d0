import { cosine } from '../../models/embedding/cosine.js'
import type { Embedder } from '../../models/embedding/embedder.js'
import { HashingEmbedder } from '../../models/embedding/hashing.js'

/** Cosines kept at most: few texts come again and again in a home of fixed activities, but words of a model do not. */
const MOST_KEPT = 32_768

/** Cosines between texts: each text is embedded once, and what was compared lately is not compared again. */
export class Similarity {
  readonly #vectors = new Map<string, Float32Array>()
  readonly #known = new Map<string, Map<string, number>>()
  readonly #builtIn: HashingEmbedder | null
  #kept = 0

  constructor(private readonly embedder: Embedder) {
    this.#builtIn = embedder instanceof HashingEmbedder ? embedder : null
  }

  /** Embeds those texts that are new, in one call. @throws whatever the embedder throws */
  async learn(texts: readonly string[]): Promise<void> {
    // at hand whenever it is asked for
    if (this.#builtIn) return
    const fresh = [...new Set(texts)].filter((text) => !this.#vectors.has(text))
    if (fresh.length === 0) return
    const vectors = await this.embedder.embed(fresh)
    fresh.forEach((text, i) => this.#vectors.set(text, vectors[i]!))
  }

  /** Of two learned texts. */
  between(a: string, b: string): number {
    let row = this.#known.get(a)
    if (!row) this.#known.set(a, (row = new Map()))
    let value = row.get(b)
    if (value === undefined) {
      value = cosine(this.#vector(a), this.#vector(b))
      row.set(b, value)
      if (++this.#kept >= MOST_KEPT) {
        this.#known.clear()
        this.#kept = 0
      }
    }
    return value
  }

  #vector(text: string): Float32Array {
    let vector = this.#vectors.get(text)
    if (!vector && this.#builtIn) this.#vectors.set(text, (vector = this.#builtIn.embedOne(text)))
    if (!vector) throw new RangeError(`not learned: ${text}`)
    return vector
  }
}
