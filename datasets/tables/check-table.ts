import type { Schema, Table } from 'apache-arrow'
import { AttuneError, type ErrorDetails } from '../../common/error.js'
import { FORMAT_KEY } from './columns.js'

/**
 * Checks that a table has the format and the columns of `schema`. Further columns are allowed: a version may gain some.
 *
 * @param file names the file in the error
 * @throws AttuneError TABLE_FORMAT_UNKNOWN, TABLE_FORMAT_VERSION or TABLE_COLUMN_MISSING
 */
export function checkTable(table: Table, schema: Schema, file?: string): void {
  const expected = schema.metadata.get(FORMAT_KEY)!
  const found = table.schema.metadata.get(FORMAT_KEY)
  const where = file ?? 'The table'
  const name = expected.split('/')[0]!
  if (found === undefined || !found.startsWith(`${name}/`)) {
    const message = `${where} is not a table of format ${expected}${found === undefined ? '' : ` but of ${found}`}.`
    throw failure('TABLE_FORMAT_UNKNOWN', message, 'Give a file that attune wrote.', file)
  }
  if (found !== expected) {
    const message = `${where} has format ${found}; this attune reads ${expected}.`
    throw failure(
      'TABLE_FORMAT_VERSION',
      message,
      'Use the version of attune that wrote it, or run again.',
      file,
    )
  }
  for (const field of schema.fields) {
    const type = table.schema.fields.find((f) => f.name === field.name)?.type
    if (String(type) === String(field.type)) continue
    const message = `${where} has no column ${field.name} of type ${String(field.type)}.`
    throw failure(
      'TABLE_COLUMN_MISSING',
      message,
      'Give a file that attune wrote, unchanged.',
      file,
      field.name,
    )
  }
}

function failure(code: string, message: string, hint: string, file?: string, key?: string): AttuneError {
  const details: ErrorDetails = { hint }
  if (file !== undefined) details.file = file
  if (key !== undefined) details.key = key
  return new AttuneError(code, 'data', message, details)
}
