/**
 * Where a random draw happens. Draws are addressed, not streamed: the same address gives the same draw, whatever
 * was drawn before, so a resumed run gives the same bytes and arms that share addresses meet the same days.
 */
export type Address = readonly (string | number)[]

/** A generator whose sequence is fixed by its address. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Whole number in [0, n). */
  int(n: number): number
  /** One item, uniformly. Throws RangeError on an empty list. */
  pick<T>(items: readonly T[]): T
  /** Index drawn in proportion to the weights (>= 0, not all 0). */
  weighted(weights: readonly number[]): number
  /** Standard normal (Box-Muller). */
  normal(): number
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[]
}

/** Hashes an address to 128 bits (cyrb128: https://github.com/bryc/code/blob/master/jshash/PRNGs.md). */
function seedOf(address: Address): [number, number, number, number] {
  const text = address.join('\u0000')
  let h1 = 1779033703
  let h2 = 3144134277
  let h3 = 1013904242
  let h4 = 2773480762
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i)
    h1 = h2 ^ Math.imul(h1 ^ k, 597399067)
    h2 = h3 ^ Math.imul(h2 ^ k, 2869860233)
    h3 = h4 ^ Math.imul(h3 ^ k, 951274213)
    h4 = h1 ^ Math.imul(h4 ^ k, 2716044179)
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067)
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233)
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213)
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179)
  h1 ^= h2 ^ h3 ^ h4
  return [h1 >>> 0, (h2 ^ h1) >>> 0, (h3 ^ h1) >>> 0, (h4 ^ h1) >>> 0]
}

/** The generator at an address: sfc32 (Practically Random, same source) seeded by the hash of the address. */
export function randomAt(...address: Address): Random {
  let [a, b, c, d] = seedOf(address)
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 4294967296
  }
  const int = (n: number): number => Math.floor(next() * n)
  return {
    next,
    int,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('pick from an empty list')
      return items[int(items.length)]!
    },
    weighted: (weights) => {
      let left = next() * weights.reduce((sum, w) => sum + w, 0)
      for (let i = 0; i < weights.length; i++) {
        left -= weights[i]!
        if (left < 0) return i
      }
      return weights.findLastIndex((w) => w > 0)
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle: (items) => {
      const out = [...items]
      for (let i = out.length - 1; i > 0; i--) {
        const k = int(i + 1)
        ;[out[i], out[k]] = [out[k]!, out[i]!]
      }
      return out
    },
  }
}
