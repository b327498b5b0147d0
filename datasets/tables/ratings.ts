import { Int16, Int32, type Table, Utf8 } from 'apache-arrow'
import { CANDIDATE_ORIGINS, type CandidateOrigin, CRITERIA, type Rating, scoreOf } from '../schema.js'
import * as cell from './cells.js'
import { checkTable } from './check-table.js'
import { column, tableSchema } from './columns.js'
import { rowsOfTable } from './decode.js'
import { type Row, tableOfRows } from './encode.js'
import { ratingColumns, ratingOfRow } from './rating-columns.js'

const originCell = cell.word(CANDIDATE_ORIGINS)

/** What another rater made of one stored candidate. */
export type CandidateRating = {
  persona: string
  day: number
  step: number
  /** Index among the candidates of the step's record. */
  candidate: number
  text: string | null
  origin: CandidateOrigin
} & ({ rating: Rating; failure: null } | { rating: null; failure: string })

/** `ratings.parquet`: one row a candidate of a day, as another rater saw it. */
export const ratingsSchema = tableSchema('attune-ratings/1', [
  column('persona', new Utf8(), 'Id of the persona.'),
  column('day', new Int32(), 'Day of the run, from 1.'),
  column('step', new Int32(), 'Decision step of the day while awake, from 0.'),
  column('candidate', new Int16(), 'Index in `candidates` of the same step in `records.parquet`.'),
  column('text', new Utf8(), 'What is said; null is silence.', 'nullable'),
  column('origin', new Utf8(), '`sampled`, `spoken`, `silence` or `revision`, as in `records.parquet`.'),
  ...ratingColumns,
])

/** The ratings as an Arrow table, in their order. @throws AttuneError TABLE_VALUE_INVALID */
export function ratingsToTable(ratings: readonly CandidateRating[]): Table {
  return tableOfRows(ratingsSchema, ratings.map(rowOf))
}

/** The ratings of a table. @throws AttuneError TABLE_FORMAT_UNKNOWN, TABLE_FORMAT_VERSION or TABLE_COLUMN_MISSING */
export function tableToRatings(table: Table, file?: string): CandidateRating[] {
  checkTable(table, ratingsSchema, file)
  return rowsOfTable(table).map((row) => ({
    persona: cell.text(row, 'persona'),
    day: cell.number(row, 'day'),
    step: cell.number(row, 'step'),
    candidate: cell.number(row, 'candidate'),
    text: cell.textOrNull(row, 'text'),
    origin: originCell(row, 'origin'),
    ...ratingOfRow(row),
  }))
}

function rowOf({ rating, ...row }: CandidateRating): Row {
  const criteria = CRITERIA.flatMap((name) => [
    [name, rating?.[name].value],
    [`${name}_reason`, rating?.[name].reason],
  ])
  return { ...row, score: rating === null ? null : scoreOf(rating), ...Object.fromEntries(criteria) }
}
