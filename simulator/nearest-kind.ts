import type { Catalogue, Limit } from '../configs/catalogue.js'
import { cosine } from '../models/embedding/cosine.js'
import { HashingEmbedder } from '../models/embedding/hashing.js'

/** What free text is about. */
export interface Kind {
  topic: string
  variant: string
  limit: Limit | null
}

/** What a user makes of words that are near nothing it knows; no persona likes it. */
export const UNCLEAR: Kind = { topic: 'something', variant: 'unclear', limit: null }

/** Cosine below which a text is about nothing known; unrelated sentences mostly stay below, paraphrases above. */
const LEAST_SIMILARITY = 0.25

/** Words that tell nothing of the subject: of English grammar, of politeness, of time. */
const FILLERS = new Set(
  (
    'a an the of for to and or in on at with by from you your me my we us our it is are be do some any this that how ' +
    'about maybe perhaps might may could can would will shall should have if like want need not now today tonight ' +
    'tomorrow time moment good nice new few short quick small little one before after while friend dear please'
  ).split(' '),
)

/** Finds the kind whose contents are nearest to a text in the built-in embedding. */
export class NearestKind {
  // wider than for memory: with few words a text, two features that share a place decide too much
  readonly #embedder = new HashingEmbedder({ dim: 1024 })
  readonly #known: { kind: Kind; vector: Float32Array }[]

  constructor({ topics }: Catalogue) {
    this.#known = Object.entries(topics).flatMap(([topic, { limit = null, variants }]) =>
      Object.entries(variants).flatMap(([variant, contents]) =>
        contents.map((content) => ({
          kind: { topic, variant, limit },
          vector: this.#vector(`${topic} ${variant} ${content}`),
        })),
      ),
    )
  }

  of(text: string): Kind {
    const vector = this.#vector(text)
    let best = UNCLEAR
    let bestScore = LEAST_SIMILARITY
    for (const known of this.#known) {
      const score = cosine(vector, known.vector)
      if (score > bestScore) [best, bestScore] = [known.kind, score]
    }
    return best
  }

  #vector(text: string): Float32Array {
    const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
    return this.#embedder.embedOne(words.filter((word) => !FILLERS.has(word)).join(' '))
  }
}
