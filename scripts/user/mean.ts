/** Mean of the values that are there; null without any. */
export function meanOf(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => value !== null && value !== undefined)
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null
}
