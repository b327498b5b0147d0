import type { Embedder } from './embedder.js'

/** Settings of a {@link HashingEmbedder}. */
export interface HashingOptions {
  /** Length of a vector, >= 1. More means fewer features that share a place. */
  dim?: number
}

/** Character n-grams, as in fastText's subwords (arXiv 1607.04606), so that inflections of a word are near. */
const SHORTEST_GRAM = 3
const LONGEST_GRAM = 5
/** Weight of all n-grams of a word together, beside the word itself with weight 1. */
const GRAM_SHARE = 0.5

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/), with the last mixing step of MurmurHash3. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function gramsOf(word: string): string[] {
  const padded = `<${word}>`
  const grams: string[] = []
  for (let n = SHORTEST_GRAM; n <= LONGEST_GRAM; n++) {
    for (let i = 0; i + n <= padded.length; i++) grams.push(padded.slice(i, i + n))
  }
  return grams
}

/**
 * The built-in embedder: no model, no download, the same vector on every machine.
 *
 * A text's features are its lower-case words and their character 3- to 5-grams. Each feature has a place and a sign by
 * hash (feature hashing, arXiv 0902.2206) and counts 1 + ln(occurrences); the vector is L2-normalised. It knows shared
 * words and word stems, not synonyms.
 */
export class HashingEmbedder implements Embedder {
  readonly id: string
  readonly dim: number
  readonly #features = new Map<string, Map<number, number>>()

  constructor({ dim = 256 }: HashingOptions = {}) {
    if (!Number.isSafeInteger(dim) || dim < 1) throw new RangeError(`dim ${dim} is no whole number above 0`)
    this.dim = dim
    this.id = `hashing-words-3-5-grams-${dim}`
  }

  embed(texts: readonly string[]): Promise<Float32Array[]> {
    return Promise.resolve(texts.map((text) => this.embedOne(text)))
  }

  /** As {@link embed}, for one text and at once. */
  embedOne(text: string): Float32Array {
    const counts = new Map<string, number>()
    for (const [word] of text
      .normalize('NFKC')
      .toLowerCase()
      .matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
      counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    const vector = new Float32Array(this.dim)
    for (const [word, count] of counts) {
      const weight = 1 + Math.log(count)
      for (const [place, value] of this.#featuresOf(word)) vector[place]! += weight * value
    }
    const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0))
    return norm === 0 ? vector : vector.map((x) => x / norm)
  }

  #featuresOf(word: string): Map<number, number> {
    const known = this.#features.get(word)
    if (known) return known
    const features = new Map<number, number>()
    const add = (feature: string, weight: number): void => {
      const h = hash(feature)
      // the lowest bit is the sign, the others the place
      const place = (h >>> 1) % this.dim
      features.set(place, (features.get(place) ?? 0) + (h & 1 ? weight : -weight))
    }
    add(`word ${word}`, 1)
    const grams = gramsOf(word)
    for (const gram of grams) add(`gram ${gram}`, GRAM_SHARE / Math.sqrt(grams.length))
    // words repeat; a home has few of them
    if (this.#features.size < 65_536) this.#features.set(word, features)
    return features
  }
}
