/** A copy of length 1 (L2); all zeros stay. */
export function normalise(vector: ArrayLike<number>): Float32Array {
  const copy = Float32Array.from(vector)
  let squares = 0
  for (const value of copy) squares += value * value
  const norm = Math.sqrt(squares)
  return norm === 0 ? copy : copy.map((value) => value / norm)
}
