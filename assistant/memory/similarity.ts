import { cosine } from '../../models/embedding/cosine.js'
import type { HashingEmbedder } from '../../models/embedding/hashing.js'

/** Cosines between texts; few texts come again and again, so each pair is computed once. */
export class Similarity {
  readonly #vectors = new Map<string, Float32Array>()
  readonly #known = new Map<string, Map<string, number>>()

  constructor(private readonly embedder: HashingEmbedder) {}

  between(a: string, b: string): number {
    let row = this.#known.get(a)
    if (!row) this.#known.set(a, (row = new Map()))
    let value = row.get(b)
    if (value === undefined) row.set(b, (value = cosine(this.#vector(a), this.#vector(b))))
    return value
  }

  #vector(text: string): Float32Array {
    let vector = this.#vectors.get(text)
    if (!vector) this.#vectors.set(text, (vector = this.embedder.embedOne(text)))
    return vector
  }
}
