import { readFile } from 'node:fs/promises'
import { type Table, tableFromIPC, tableToIPC } from 'apache-arrow'
import { AttuneError } from '../common/error.js'
import { ioError, writeFileAtomic } from '../common/files.js'
import type { PreferencePair, RatedRecord } from './schema.js'
import { FORMAT_KEY } from './tables/columns.js'
import { pairsToTable, tableToPairs } from './tables/pairs.js'
import { type CandidateRating, ratingsToTable, tableToRatings } from './tables/ratings.js'
import { recordsToTable, tableToRecords } from './tables/records.js'

/** Rows of a row group: small enough for streaming readers and the Hub's viewer. */
const ROW_GROUP = 5_000

/** Loaded on first use: 6 MB of WebAssembly that `attune --help` need not wait for. */
async function library() {
  return import('parquet-wasm')
}

/** A table as Parquet: zstd, page index, format in the file's key-value metadata. The same rows give the same bytes. */
export async function parquetBytes(table: Table): Promise<Uint8Array> {
  const {
    Compression,
    EnabledStatistics,
    Table: WasmTable,
    writeParquet: write,
    WriterPropertiesBuilder,
  } = await library()
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression.ZSTD)
    .setStatisticsEnabled(EnabledStatistics.Page)
    .setMaxRowGroupSize(ROW_GROUP)
    .setKeyValueMetadata(new Map([[FORMAT_KEY, table.schema.metadata.get(FORMAT_KEY) ?? '']]))
    .build()
  return write(WasmTable.fromIPCStream(tableToIPC(table, 'stream')), properties)
}

/** Writes a table as a Parquet file that stands whole or not at all. @throws AttuneError of kind `io` */
export async function writeParquet(path: string, table: Table): Promise<void> {
  await writeFileAtomic(path, await parquetBytes(table))
}

/**
 * Reads a Parquet file.
 *
 * @throws AttuneError PARQUET_UNREADABLE (kind `data`) if it is cut off or no Parquet, FILE_READ_FAILED (kind `io`) if
 *   it cannot be opened
 */
export async function readParquet(path: string): Promise<Table> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw ioError('read', path, cause)
  })
  const { readParquet: read } = await library()
  try {
    return tableFromIPC(read(bytes).intoIPCStream())
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): AttuneError {
  return new AttuneError('PARQUET_UNREADABLE', 'data', `${path} is cut off, damaged or no Parquet file.`, {
    file: path,
    hint: "Delete that day's folder and run again: the run repeats only that day.",
    cause,
  })
}

async function readRows<T>(path: string, rowsOf: (table: Table, file: string) => T[]): Promise<T[]> {
  const table = await readParquet(path)
  try {
    return rowsOf(table, path)
  } catch (cause) {
    // a flipped bit can leave a file whole and a value impossible
    throw AttuneError.is(cause) && cause.code === 'TABLE_VALUE_INVALID' ? unreadable(path, cause) : cause
  }
}

/** Writes the records of a day, in their order. */
export async function writeRecords(path: string, records: readonly RatedRecord[]): Promise<void> {
  await writeParquet(path, recordsToTable(records))
}

/** Reads the records of a day. @throws AttuneError as `readParquet` and `tableToRecords` */
export async function readRecords(path: string): Promise<RatedRecord[]> {
  return readRows(path, tableToRecords)
}

/** Writes pairs, in their order. */
export async function writePairs(path: string, pairs: readonly PreferencePair[]): Promise<void> {
  await writeParquet(path, pairsToTable(pairs))
}

/** Reads pairs. @throws AttuneError as `readParquet` and `tableToPairs` */
export async function readPairs(path: string): Promise<PreferencePair[]> {
  return readRows(path, tableToPairs)
}

/** Writes what another rater made of a day, in its order. */
export async function writeRatings(path: string, ratings: readonly CandidateRating[]): Promise<void> {
  await writeParquet(path, ratingsToTable(ratings))
}

/** Reads what another rater made of a day. @throws AttuneError as `readParquet` and `tableToRatings` */
export async function readRatings(path: string): Promise<CandidateRating[]> {
  return readRows(path, tableToRatings)
}
