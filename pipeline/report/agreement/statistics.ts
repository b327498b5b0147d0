/** How often one rater gave value `i` where the other gave value `j`: `counts[i][j]`, values from 0. */
export type Counts = readonly (readonly number[])[]

/** Counts of nothing, for values 0 to `values - 1`. */
export function noCounts(values: number): number[][] {
  return Array.from({ length: values }, () => Array.from({ length: values }, () => 0))
}

/** Sum of tables of one size, of which there must be at least one. */
export function sumOfCounts(tables: readonly Counts[]): Counts {
  return tables[0]!.map((row, i) => row.map((_, j) => tables.reduce((sum, table) => sum + table[i]![j]!, 0)))
}

export function totalOf(counts: Counts): number {
  return counts.flat().reduce((sum, count) => sum + count, 0)
}

/** Share of cases in which both gave the same value; null without a case. */
export function agreementOf(counts: Counts): number | null {
  const n = totalOf(counts)
  return n === 0 ? null : counts.reduce((sum, row, i) => sum + row[i]!, 0) / n
}

/**
 * Cohen's kappa (1960): agreement beyond what their shares of each value give by chance, 1 for full agreement, 0 for
 * none beyond chance. Null without a case, and where one of them always gave the same value: 0 would look like
 * disagreement, 1 like agreement, and it is neither.
 */
export function kappaOf(counts: Counts): number | null {
  const { rows, columns, n } = marginsOf(counts)
  if (isConstant(rows) || isConstant(columns)) return null
  const chance = rows.reduce((sum, row, i) => sum + (row / n) * (columns[i]! / n), 0)
  return (agreementOf(counts)! - chance) / (1 - chance)
}

/** Pearson's correlation of the values; null where one of them does not vary. */
export function pearsonOf(counts: Counts): number | null {
  const values = counts.map((_, i) => i)
  return correlationOf(counts, values, values)
}

/** Spearman's correlation: Pearson's of the ranks, equal values sharing their mean rank. */
export function spearmanOf(counts: Counts): number | null {
  const { rows, columns } = marginsOf(counts)
  return correlationOf(counts, ranksOf(rows), ranksOf(columns))
}

/** Mean of the second less mean of the first; null without a case. */
export function meanDifferenceOf(counts: Counts): number | null {
  const n = totalOf(counts)
  const sum = counts.flatMap((row, i) => row.map((count, j) => count * (j - i))).reduce((a, b) => a + b, 0)
  return n === 0 ? null : sum / n
}

function correlationOf(counts: Counts, a: readonly number[], b: readonly number[]): number | null {
  const { rows, columns, n } = marginsOf(counts)
  if (isConstant(rows) || isConstant(columns)) return null
  const mean = (margin: readonly number[], values: readonly number[]): number =>
    margin.reduce((sum, count, i) => sum + count * values[i]!, 0) / n
  const [meanA, meanB] = [mean(rows, a), mean(columns, b)]
  const spread = (margin: readonly number[], values: readonly number[], middle: number): number =>
    margin.reduce((sum, count, i) => sum + count * (values[i]! - middle) ** 2, 0)
  const together = counts
    .flatMap((row, i) => row.map((count, j) => count * (a[i]! - meanA) * (b[j]! - meanB)))
    .reduce((sum, each) => sum + each, 0)
  return together / Math.sqrt(spread(rows, a, meanA) * spread(columns, b, meanB))
}

function marginsOf(counts: Counts): { rows: number[]; columns: number[]; n: number } {
  const rows = counts.map((row) => row.reduce((sum, count) => sum + count, 0))
  const columns = counts.map((_, j) => counts.reduce((sum, row) => sum + row[j]!, 0))
  return { rows, columns, n: totalOf(counts) }
}

const isConstant = (margin: readonly number[]): boolean => margin.filter((count) => count > 0).length < 2

/** Mean rank of each value, from how often it was given. */
function ranksOf(margin: readonly number[]): number[] {
  let before = 0
  return margin.map((count) => {
    const rank = before + (count + 1) / 2
    before += count
    return rank
  })
}
