import {
  type Catalogue,
  type Limit,
  type Mark,
  type Meaning,
  type Tone,
  TONES,
  catalogueSentences,
} from '../configs/catalogue.js'
import { HashingEmbedder } from '../models/embedding/hashing.js'
import { cosine } from '../models/embedding/cosine.js'

/** A recommendation as the user understands it. */
export interface Understood extends Meaning {
  text: string
}

const ORDER = /^(please )?(try|consider|take|go|do|make|start|stop|put|get|call|write|read|drink|eat)\b/i
const URGENCY = /\b(now|immediately|right away|hurry|quick(ly)?|at once|asap)\b/i

interface KnownContent {
  topic: string
  variant: string
  limit: Limit | null
  vector: Float32Array
}

/**
 * Understands what is said: a sentence of the catalogue by looking it up, free text by the nearest content in the
 * embedding, its tone by marker words, its form by punctuation and verbs.
 */
export class Understanding {
  readonly #sentences: Map<string, Meaning>
  readonly #embedder = new HashingEmbedder()
  #contents: KnownContent[] | null = null

  constructor(private readonly catalogue: Catalogue) {
    this.#sentences = catalogueSentences(catalogue)
  }

  understand(text: string): Understood {
    const known = this.#sentences.get(text)
    if (known) return { text, ...known }
    return { text, ...this.#nearest(text), tone: this.#tone(text), marks: marksOf(text) }
  }

  #nearest(text: string): Pick<Meaning, 'topic' | 'variant' | 'limit'> {
    this.#contents ??= Object.entries(this.catalogue.topics).flatMap(([topic, { limit, variants }]) =>
      Object.entries(variants).flatMap(([variant, contents]) =>
        contents.map((content) => ({
          topic,
          variant,
          limit: limit ?? null,
          vector: this.#embedder.embedOne(`${topic} ${variant} ${content}`),
        })),
      ),
    )
    const vector = this.#embedder.embedOne(text)
    let best = this.#contents[0]!
    let bestScore = -Infinity
    for (const content of this.#contents) {
      const score = cosine(vector, content.vector)
      if (score > bestScore) [best, bestScore] = [content, score]
    }
    return { topic: best.topic, variant: best.variant, limit: best.limit }
  }

  #tone(text: string): Tone {
    const lower = ` ${text.toLowerCase()} `
    const hits = (tone: Tone): number => this.catalogue.markers[tone].filter((marker) => lower.includes(marker)).length
    const best = TONES.reduce((a, b) => (hits(b) > hits(a) ? b : a))
    return hits(best) > 0 ? best : 'brief'
  }
}

function marksOf(text: string): Mark[] {
  const marks: Mark[] = []
  if (text.includes('?')) marks.push('question')
  if (text.includes('!')) marks.push('exclamation')
  if (ORDER.test(text)) marks.push('order')
  if (URGENCY.test(text)) marks.push('urgency')
  return marks
}
