import { type Data, DataType, type Table, Type } from 'apache-arrow'
import { AttuneError } from '../../common/error.js'
import type { Row } from './encode.js'

/**
 * The rows of a table: the inverse of `tableOfRows`. Reads columns as wholes, since Arrow's row proxies cost more
 * than the Parquet decoder does.
 *
 * @throws AttuneError TABLE_TYPE_UNKNOWN for a column of a type that no table of attune has
 */
export function rowsOfTable(table: Table): Row[] {
  return table.batches.flatMap((batch) =>
    rowsOf(
      batch.schema.fields.map((f) => f.name),
      batch.data.children,
      batch.numRows,
    ),
  )
}

function rowsOf(names: readonly string[], children: readonly Data[], length: number): Row[] {
  const columns = children.map(decodeColumn)
  const rows: Row[] = []
  for (let i = 0; i < length; i++) {
    const row: Row = {}
    for (let c = 0; c < names.length; c++) row[names[c]!] = columns[c]![i]
    rows.push(row)
  }
  return rows
}

function decodeColumn(data: Data): unknown[] {
  const read = reader(data)
  const hasNulls = data.nullCount > 0
  const values: unknown[] = []
  for (let i = 0; i < data.length; i++) values.push(hasNulls && !data.getValid(i) ? null : read(i))
  return values
}

function reader(data: Data): (i: number) => unknown {
  const type: DataType = data.type
  if (DataType.isUtf8(type)) {
    const { valueOffsets } = data
    const values: Uint8Array = data.values
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
    const whole = bytes.toString('utf8')
    // in ASCII, the common case, bytes are characters: one native call instead of one a value
    if (whole.length === bytes.length) return (i) => whole.slice(valueOffsets[i], valueOffsets[i + 1])
    return (i) => bytes.toString('utf8', valueOffsets[i], valueOffsets[i + 1])
  }
  if (DataType.isBool(type)) {
    const bits: Uint8Array = data.values
    return (i) => ((bits[(data.offset + i) >> 3]! >> ((data.offset + i) & 7)) & 1) === 1
  }
  if (DataType.isInt(type) || DataType.isFloat(type)) {
    const values: ArrayLike<number | bigint> = data.values
    return (i) => Number(values[i])
  }
  if (DataType.isList(type)) {
    // a batch read from a file of no rows comes without children
    const items = data.length === 0 ? [] : decodeColumn(data.children[0]!)
    const { valueOffsets } = data
    return (i) => items.slice(valueOffsets[i], valueOffsets[i + 1])
  }
  if (DataType.isStruct(type)) {
    const rows = rowsOf(
      type.children.map((f) => f.name),
      data.children,
      data.length,
    )
    return (i) => rows[i]
  }
  throw new AttuneError('TABLE_TYPE_UNKNOWN', 'data', `A column of type ${Type[type.typeId]} cannot be read.`)
}
