/**
 * Moves labels apart that would overlap, as little as it takes and in their order.
 *
 * @param wanted pixel positions
 * @param gap least distance between two labels
 * @param end positions stay within 0 and `end` as far as they fit
 */
export function spreadLabels(wanted: readonly number[], gap: number, end: number): number[] {
  const order = wanted.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y || a.index - b.index)
  const places: number[] = []
  for (const { y } of order) places.push(Math.max(y, (places.at(-1) ?? -Infinity) + gap))
  let below = end + gap
  for (let i = places.length - 1; i >= 0; i--) below = places[i] = Math.min(places[i]!, below - gap)
  const result = [...wanted]
  order.forEach(({ index }, i) => (result[index] = places[i]!))
  return result
}
