import { AttuneError } from '../../common/error.js'
import type { Row } from './encode.js'

/** Reads a cell as one type. @throws AttuneError TABLE_VALUE_INVALID where it holds another */
type Cell<T> = (row: Row, column: string) => T

function cell<T>(what: string, is: (value: unknown) => value is T): Cell<T> {
  return (row, column) => {
    const value = row[column]
    if (is(value)) return value
    throw new AttuneError('TABLE_VALUE_INVALID', 'data', `Column ${column}: ${what} is expected.`, {
      key: column,
    })
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number'

export const text = cell('text', isText)
export const textOrNull = cell(
  'text or null',
  (value): value is string | null => value === null || isText(value),
)
export const number = cell('a number', isNumber)
export const numberOrNull = cell('a number or null', (v): v is number | null => v === null || isNumber(v))
export const flag = cell('true or false', (value): value is boolean => typeof value === 'boolean')
export const rows = cell('a list', (value): value is Row[] => Array.isArray(value))
export const bit = cell('0 or 1', (value): value is 0 | 1 => value === 0 || value === 1)

/** A cell that holds one of a few words. */
export function word<T extends string>(words: readonly T[]): Cell<T> {
  return cell(`one of ${words.join(', ')}`, (value): value is T => words.some((w) => w === value))
}
