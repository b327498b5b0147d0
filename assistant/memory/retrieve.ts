import type { MemoryConfig } from '../../configs/schema.js'

/** What the retrieval score is made of, for one stored event. */
export interface RetrievalFeatures {
  /** Cosine of the embeddings of event and query. */
  relevance: number
  /** 0..1. */
  importance: number
}

/** A retrieved event with the parts of its score, each min-max normalised over the store. */
export interface Retrieved {
  index: number
  score: number
  recency: number
  relevance: number
  importance: number
}

/**
 * The k events with the highest score = w_recency decay^rank + w_relevance cosine + w_importance importance, each
 * part min-max normalised over the store (paper, code; after Generative Agents, arXiv 2304.03442, section 4.1).
 * `features` runs from the oldest event to the latest; rank 1 is the latest. Best first; of equals the later one.
 */
export function retrieve(
  features: readonly RetrievalFeatures[],
  k: number,
  weights: MemoryConfig,
): Retrieved[] {
  const n = features.length
  if (n === 0 || k === 0) return []
  const recency = normaliser(weights.decay ** n, weights.decay)
  const relevance = normaliserOf(features, (f) => f.relevance)
  const importance = normaliserOf(features, (f) => f.importance)
  const best: Retrieved[] = []
  for (let index = n - 1; index >= 0; index--) {
    const parts = {
      recency: recency(weights.decay ** (n - index)),
      relevance: relevance(features[index]!.relevance),
      importance: importance(features[index]!.importance),
    }
    const score =
      weights.recency * parts.recency +
      weights.relevance * parts.relevance +
      weights.importance * parts.importance
    if (best.length === k && score <= best[k - 1]!.score) continue
    const place = best.findIndex((other) => score > other.score)
    best.splice(place < 0 ? best.length : place, 0, { index, score, ...parts })
    if (best.length > k) best.pop()
  }
  return best
}

const normaliser = (low: number, high: number): ((value: number) => number) =>
  high > low ? (value) => (value - low) / (high - low) : () => 0.5

function normaliserOf(
  features: readonly RetrievalFeatures[],
  part: (feature: RetrievalFeatures) => number,
): (value: number) => number {
  let low = Infinity
  let high = -Infinity
  for (const feature of features) {
    low = Math.min(low, part(feature))
    high = Math.max(high, part(feature))
  }
  return normaliser(low, high)
}
