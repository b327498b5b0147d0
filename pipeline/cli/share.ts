import { InvalidArgumentError } from 'commander'

/** A share from 0 to 1. */
export function share(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('Write a share from 0 to 1.')
  return value
}
