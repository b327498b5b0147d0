const WORD = /[\p{L}\p{M}\p{N}]/u

/**
 * Embeds each different text that has a word once, in batches; the others are all zeros.
 *
 * @param size most texts of a batch
 * @param embed vectors of one batch, of length `dim`
 * @returns one vector per text, in order
 */
export async function embedBatched(
  texts: readonly string[],
  size: number,
  dim: number,
  embed: (batch: string[]) => Promise<Float32Array[]>,
): Promise<Float32Array[]> {
  const different = [...new Set(texts.filter((text) => WORD.test(text)))]
  const batches: string[][] = []
  for (let from = 0; from < different.length; from += size) batches.push(different.slice(from, from + size))
  const vectors = (await Promise.all(batches.map(embed))).flat()
  const known = new Map(different.map((text, i) => [text, vectors[i]!]))
  return texts.map((text) => known.get(text) ?? new Float32Array(dim))
}
