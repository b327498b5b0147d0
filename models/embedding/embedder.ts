/** What turns texts into vectors whose cosine says how near their meanings are. */
export interface Embedder {
  /** Names the method and its settings; vectors of different ids are not comparable. */
  readonly id: string
  /** Length of a vector. */
  readonly dim: number
  /** One L2-normalised vector of length `dim` per text, in order; all zeros for a text without words. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>
}
