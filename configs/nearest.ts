/**
 * The candidate a mistyped name most likely meant, or undefined when none is close: at most a third of
 * its letters (and at least one) may be inserted, deleted, exchanged or swapped with a neighbour.
 * Case, dashes and underscores do not count. The first of equally near candidates wins.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = simplified(name)
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of candidates) {
    const offered = simplified(candidate)
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, offered.length) / 3))
    const distance = editDistance(wanted, offered)
    if (distance <= limit && distance < Math.min(bestDistance, offered.length)) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function simplified(name: string): string {
  return name
    .slice(0, 64)
    .toLowerCase()
    .replaceAll(/[-_\s]/g, '')
}

/** Optimal string alignment distance (Damerau-Levenshtein without repeated edits of one substring). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const least = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      row.push(swapped ? Math.min(least, (beforeLast[j - 2] ?? 0) + 1) : least)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
