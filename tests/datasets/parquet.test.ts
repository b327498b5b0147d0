import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Field, Schema, Table, Utf8, vectorFromArray } from 'apache-arrow'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  readPairs,
  readParquet,
  readRecords,
  writePairs,
  writeParquet,
  writeRecords,
} from '../../datasets/parquet.js'
import type { PairKind } from '../../datasets/schema.js'
import { pairsSchema, pairsToTable, tableToPairs } from '../../datasets/tables/pairs.js'
import { recordsSchema, recordsToTable, tableToRecords } from '../../datasets/tables/records.js'
import { pair, rated, record, step } from './arbitrary.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-parquet-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('tables', () => {
  it('give back any records', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (rows) => {
        expect(tableToRecords(recordsToTable(rows))).toEqual(rows)
      }),
    )
  })

  it('give back any pairs', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 5 }), (rows) => {
        expect(tableToPairs(pairsToTable(rows))).toEqual(rows)
      }),
    )
  })

  it('give back the rows of a slice', () => {
    const rows = Array.from({ length: 20 }, (_, i) =>
      step([rated(i % 5, i % 3 ? `é ${i}` : null), rated(1, 'b')]),
    )
    expect(tableToRecords(recordsToTable(rows).slice(3, 12))).toEqual(rows.slice(3, 12))
  })

  it('refuse a value of the wrong type, with its column', () => {
    const wrong = step([rated(1, 'a')], { promptTokens: 1.5 })
    expect(() => recordsToTable([wrong])).toThrow(/prompt_tokens/)
    const infinite = step([rated(1, 'a', { logProb: Number.NEGATIVE_INFINITY })])
    expect(() => recordsToTable([infinite])).toThrow(/candidates\.item\.log_prob/)
  })
})

describe('Parquet files', () => {
  it('give back records and pairs, and none', async () => {
    const [records, pairs] = [fc.sample(record, 60), fc.sample(pair, 60)]
    const path = join(folder, 'a.parquet')
    for (const rows of [records, []]) {
      await writeRecords(path, rows)
      expect(await readRecords(path)).toEqual(rows)
    }
    for (const rows of [pairs, []]) {
      await writePairs(path, rows)
      expect(await readPairs(path)).toEqual(rows)
    }
  })

  it('keep format, descriptions, types and nullability', async () => {
    const path = join(folder, 'schema.parquet')
    await writeRecords(path, [])
    const { schema } = await readParquet(path)
    expect(schema.metadata.get('attune:format')).toBe('attune-records/2')
    for (const [i, field] of schema.fields.entries()) {
      const written = recordsSchema.fields[i]!
      expect([field.name, String(field.type), field.nullable]).toEqual([
        written.name,
        String(written.type),
        written.nullable,
      ])
      expect(field.metadata).toEqual(written.metadata)
    }
  })

  it('have the same bytes for the same rows', async () => {
    const rows = fc.sample(record, 30)
    const [a, b] = [join(folder, 'one.parquet'), join(folder, 'two.parquet')]
    await writeRecords(a, rows)
    await writeRecords(b, structuredClone(rows))
    expect((await readFile(a)).equals(await readFile(b))).toBe(true)
  })

  it('hold more rows than one row group', async () => {
    const path = join(folder, 'large.parquet')
    const rows = Array.from({ length: 12_345 }, (_, i) => ({
      ...fc.sample(pair, { numRuns: 1, seed: 1 })[0]!,
      step: i,
    }))
    await writePairs(path, rows)
    expect(await readPairs(path)).toEqual(rows)
  })

  it('that are cut off are named, with what to do', async () => {
    const path = join(folder, 'cut.parquet')
    await writeRecords(path, fc.sample(record, 20))
    const { length } = await readFile(path)
    for (const size of [0, 3, 100, length >> 1, length - 1]) {
      await truncate(path, size)
      const reading = readRecords(path)
      await expect(reading).rejects.toMatchObject({
        code: 'PARQUET_UNREADABLE',
        kind: 'data',
        details: { file: path },
      })
      await expect(reading).rejects.toHaveProperty('details.hint', expect.stringContaining("day's folder"))
      await writeRecords(path, fc.sample(record, 20))
    }
  })

  it('that are no Parquet, or missing, are named', async () => {
    const path = join(folder, 'text.parquet')
    await writeFile(path, 'name,age\n'.repeat(100))
    await expect(readPairs(path)).rejects.toMatchObject({ code: 'PARQUET_UNREADABLE' })
    await expect(readPairs(join(folder, 'none'))).rejects.toMatchObject({
      code: 'FILE_READ_FAILED',
      kind: 'io',
    })
  })

  it('with a value that cannot be are named', async () => {
    const path = join(folder, 'value.parquet')
    const odd = { ...fc.sample(pair, { numRuns: 1, seed: 1 })[0]!, kind: 'silence>silence' as PairKind }
    await writePairs(path, [odd])
    await expect(readPairs(path)).rejects.toMatchObject({
      code: 'PARQUET_UNREADABLE',
      details: { file: path },
    })
  })

  it('of another table, another tool or another version are told apart', async () => {
    const path = join(folder, 'other.parquet')
    await writePairs(path, [])
    await expect(readRecords(path)).rejects.toMatchObject({ code: 'TABLE_FORMAT_UNKNOWN', kind: 'data' })
    await writeParquet(path, new Table({ name: vectorFromArray(['x'], new Utf8()) }))
    await expect(readRecords(path)).rejects.toMatchObject({ code: 'TABLE_FORMAT_UNKNOWN' })
    const later = new Schema(pairsSchema.fields, new Map([['attune:format', 'attune-pairs/3']]))
    await writeParquet(path, new Table(later))
    await expect(readPairs(path)).rejects.toThrow(/attune-pairs\/3.*attune-pairs\/2/)
    const poorer = new Schema([new Field('prompt', new Utf8())], pairsSchema.metadata)
    await writeParquet(path, new Table(poorer))
    await expect(readPairs(path)).rejects.toMatchObject({
      code: 'TABLE_COLUMN_MISSING',
      details: { key: 'system' },
    })
  })
})
