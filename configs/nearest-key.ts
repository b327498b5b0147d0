import { nearest } from './nearest.js'

/**
 * The dotted key that a name written in the wrong place, or mistyped, most likely meant: the same last
 * part first, then a near whole key, then a near last part.
 */
export function nearestKey(name: string, keys: readonly string[]): string | undefined {
  const lastPart = (key: string) => key.slice(key.lastIndexOf('.') + 1)
  const same = keys.find((key) => lastPart(key) === lastPart(name))
  if (same !== undefined) return same
  const whole = nearest(name, keys)
  if (whole !== undefined) return whole
  const near = nearest(lastPart(name), keys.map(lastPart))
  return keys.find((key) => lastPart(key) === near)
}
