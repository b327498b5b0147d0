import { type Field, Int8, Utf8 } from 'apache-arrow'
import { CRITERIA, type Rating, ratingOf } from '../schema.js'
import * as cell from './cells.js'
import { column } from './columns.js'
import type { Row } from './encode.js'

/** What became of a rating: the same columns wherever one is stored. */
export const ratingColumns: Field[] = [
  column('score', new Int8(), 'Sum of the four criteria, 0 to 4; null if the rating failed.', 'nullable'),
  ...CRITERIA.flatMap((name) => [
    column(
      name,
      new Int8(),
      `Criterion ${name}: 1 holds, 0 does not; null if the rating failed.`,
      'nullable',
    ),
    column(
      `${name}_reason`,
      new Utf8(),
      `Why, in the persona's voice; null if the rating failed.`,
      'nullable',
    ),
  ]),
  column('failure', new Utf8(), 'Why there is no rating; null if there is one.', 'nullable'),
]

/** The rating of a row, or why there is none. @throws AttuneError TABLE_VALUE_INVALID */
export function ratingOfRow(row: Row): { rating: Rating; failure: null } | { rating: null; failure: string } {
  const failure = cell.textOrNull(row, 'failure')
  if (failure !== null) return { rating: null, failure }
  return {
    rating: ratingOf((c) => ({ value: cell.bit(row, c), reason: cell.text(row, `${c}_reason`) })),
    failure: null,
  }
}
