import type { Difference, Estimate } from './document.js'

/** What stands where a figure is not defined. */
export const UNDEFINED = '–'

/** A figure with so many decimals; a dash for null. */
export function fixed(value: number | null, decimals = 2): string {
  if (value === null) return UNDEFINED
  const text = value.toFixed(decimals)
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−')
}

/** Two significant digits for rates, which run from hundredths to tens. */
export function rate(value: number | null): string {
  if (value === null) return UNDEFINED
  return value >= 9.95 ? value.toFixed(0) : value >= 0.995 ? value.toFixed(1) : value.toFixed(2)
}

export function percent(share: number | null): string {
  if (share === null) return UNDEFINED
  const text = (100 * share).toFixed(1)
  return share > 0 && Number(text) === 0 ? '<0.1 %' : `${text} %`
}

/** `1.20 to 1.50`; empty without an interval. */
export function interval({ low, high }: Pick<Estimate, 'low' | 'high'>, write = fixed): string {
  return low === null || high === null ? '' : `${write(low)} to ${write(high)}`
}

/** `+0.50 (0.31 to 0.72)`. */
export function signed(difference: Difference): string {
  if (difference.value === null) return UNDEFINED
  const value = fixed(difference.value)
  const range = interval(difference)
  return `${Number(difference.value.toFixed(2)) > 0 ? '+' : ''}${value}${range && ` (${range})`}`
}

/** Thousands set apart: `1 234 567`. */
export function whole(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

export function duration(seconds: number | null): string {
  if (seconds === null) return UNDEFINED
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  if (seconds < 5400) return `${(seconds / 60).toFixed(0)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
