import { InvalidArgumentError } from 'commander'

/** `a,b` as a list of names. */
export function nameList(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** `1,3..5` as the days 1, 3, 4 and 5. */
export function dayList(text: string): Set<number> {
  const days = nameList(text).flatMap((part) => {
    const [, from, to = from] = /^([1-9]\d{0,3})(?:\.\.([1-9]\d{0,3}))?$/.exec(part) ?? []
    if (from === undefined || Number(to) < Number(from))
      throw new InvalidArgumentError('Write days as 1,3..5.')
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i)
  })
  return new Set(days)
}

/** A whole number from 1. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1.')
  return Number(text)
}
