import {
  type Data,
  DataType,
  type Field,
  Float64,
  List,
  makeData,
  RecordBatch,
  type Schema,
  Struct,
  Table,
  Type,
  Utf8,
} from 'apache-arrow'
import { AttuneError } from '../../common/error.js'

/** A row as it stands in a file: column name to value; nested structs are rows, lists are arrays. */
export type Row = { [column: string]: unknown }

/**
 * Lays rows out as a table of one batch. Columns are built as typed arrays, not with Arrow's builders, which take
 * several times as long on nested columns.
 *
 * @throws AttuneError TABLE_VALUE_INVALID where a value is missing from a required column or of another type
 */
export function tableOfRows(schema: Schema, rows: readonly Row[]): Table {
  const children = schema.fields.map((field) => encodeColumn(field, pluck(rows, field.name), field.name))
  const data = makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children })
  return new Table(schema, [new RecordBatch(schema, data)])
}

function pluck(rows: readonly (Row | null)[], name: string): unknown[] {
  return rows.map((row) => row?.[name])
}

function invalid(path: string, row: number, what: string): AttuneError {
  return new AttuneError('TABLE_VALUE_INVALID', 'data', `Column ${path}, value ${row}: ${what}.`, {
    key: path,
  })
}

/** `absent` marks values inside a null struct: they are null whatever the field says. */
function encodeColumn(
  field: Field,
  values: readonly unknown[],
  path: string,
  absent?: readonly boolean[],
): Data {
  const length = values.length
  const { nullBitmap, nullCount } = encodeNulls(field, values, path, absent)
  const type: DataType = field.type
  const common = { length, nullCount, nullBitmap }
  if (DataType.isUtf8(type)) return makeData({ type: new Utf8(), ...common, ...encodeStrings(values, path) })
  if (DataType.isBool(type))
    return makeData({ type, ...common, data: bitmap(length, (i) => values[i] === true) })
  if (DataType.isInt(type)) {
    const data = new type.ArrayType(length)
    for (let i = 0; i < length; i++) data[i] = numberAt(values, i, path, Number.isInteger)
    return makeData({ type, ...common, data })
  }
  if (DataType.isFloat(type)) {
    const data = new Float64Array(length)
    // + 0 turns -0 into 0, as a detour through the JSON of a journal does
    for (let i = 0; i < length; i++) data[i] = numberAt(values, i, path, Number.isFinite) + 0
    return makeData({ type: new Float64(), ...common, data })
  }
  if (DataType.isList(type)) {
    const valueOffsets = new Int32Array(length + 1)
    const items: unknown[] = []
    values.forEach((value, i) => {
      if (value !== null && value !== undefined) {
        if (!Array.isArray(value)) throw invalid(path, i, 'a list is expected')
        for (const item of value) items.push(item)
      }
      valueOffsets[i + 1] = items.length
    })
    const item = type.children[0]!
    const child = encodeColumn(item, items, `${path}.${item.name}`)
    return makeData({ type: new List(item), ...common, valueOffsets, child })
  }
  if (DataType.isStruct(type)) {
    const rows = values.map((value, i) => rowOrNull(value, i, path))
    const none = rows.map((row) => row === null)
    const children = type.children.map((c) => encodeColumn(c, pluck(rows, c.name), `${path}.${c.name}`, none))
    return makeData({ type: new Struct(type.children), ...common, children })
  }
  throw invalid(path, 0, `type ${Type[type.typeId]} is not supported`)
}

function encodeNulls(field: Field, values: readonly unknown[], path: string, absent?: readonly boolean[]) {
  let nullCount = 0
  values.forEach((value, i) => {
    if (value !== null && value !== undefined) return
    if (!field.nullable && absent?.[i] !== true) throw invalid(path, i, 'a value is required')
    nullCount++
  })
  if (nullCount === 0) return { nullCount, nullBitmap: undefined }
  return {
    nullCount,
    nullBitmap: bitmap(values.length, (i) => values[i] !== null && values[i] !== undefined),
  }
}

function bitmap(length: number, isSet: (i: number) => boolean): Uint8Array {
  const bits = new Uint8Array(((length + 63) >> 6) << 3)
  for (let i = 0; i < length; i++) if (isSet(i)) bits[i >> 3]! |= 1 << (i & 7)
  return bits
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function rowOrNull(value: unknown, i: number, path: string): Row | null {
  if (value === null || value === undefined) return null
  if (!isRow(value)) throw invalid(path, i, 'named fields are expected')
  return value
}

function numberAt(values: readonly unknown[], i: number, path: string, ok: (n: number) => boolean): number {
  const value = values[i]
  if (value === null || value === undefined) return 0
  if (typeof value !== 'number' || !ok(value)) throw invalid(path, i, `${JSON.stringify(value)} does not fit`)
  return value
}

function encodeStrings(
  values: readonly unknown[],
  path: string,
): { valueOffsets: Int32Array; data: Uint8Array } {
  const strings = values.map((value, i) => {
    if (typeof value === 'string') return value
    if (value === null || value === undefined) return ''
    throw invalid(path, i, 'text is expected')
  })
  const joined = strings.join('')
  // in ASCII, the common case, bytes are characters: one native call instead of two a value
  const ascii = Buffer.byteLength(joined) === joined.length
  const valueOffsets = new Int32Array(strings.length + 1)
  strings.forEach((value, i) => {
    valueOffsets[i + 1] = valueOffsets[i]! + (ascii ? value.length : Buffer.byteLength(value))
  })
  const data = Buffer.alloc(valueOffsets[strings.length]!)
  if (ascii) data.write(joined, 'latin1')
  else strings.forEach((value, i) => data.write(value, valueOffsets[i]!, 'utf8'))
  return { valueOffsets, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
}
