import fs from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppendLog } from '../../common/append-log.js'
import type { RatedRecord } from '../../datasets/schema.js'
import { record } from '../datasets/arbitrary.js'

const records = fc.sample(record, { numRuns: 8, seed: 7 })

const openLog = () =>
  AppendLog.open(path, {
    fits: (value): value is RatedRecord => typeof value === 'object' && value !== null && 'moment' in value,
    hint: 'Start over.',
  })

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-journal-'))
  path = join(folder, 'day-01', 'journal.jsonl')
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

async function write(): Promise<Buffer> {
  const journal = await openLog()
  for (const one of records) journal.append(one)
  await journal.close()
  return readFile(path)
}

async function read() {
  const journal = await openLog()
  await journal.close()
  return journal.entries
}

describe('a log of JSON lines', () => {
  it('gives back what was appended, and goes on from there', async () => {
    await write()
    const journal = await openLog()
    expect(journal.entries).toEqual(records)
    journal.append(records[0]!)
    await journal.close()
    expect(await read()).toEqual([...records, records[0]])
  })

  it('has every record in the file at once, so that a killed process loses none', async () => {
    const journal = await openLog()
    for (const [i, one] of records.entries()) {
      journal.append(one)
      expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(i + 2)
    }
    await journal.close()
  })

  it('cut off at any byte it holds a prefix of the records', async () => {
    const whole = await write()
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (size) => {
        await writeFile(path, whole.subarray(0, size))
        const found = await read()
        const lines = whole.subarray(0, size).filter((byte) => byte === 10).length
        expect(found).toEqual(records.slice(0, lines))
      }),
      { numRuns: 120 },
    )
  })

  it('goes on cleanly after a torn line', async () => {
    const whole = await write()
    await writeFile(path, whole.subarray(0, whole.length - 5))
    const journal = await openLog()
    journal.append(records.at(-1)!)
    await journal.close()
    expect((await readFile(path)).equals(whole)).toBe(true)
  })

  it('names file and line of a corrupt record in the middle', async () => {
    const lines = (await write()).toString().split('\n')
    lines[2] = '\0'.repeat(40)
    await writeFile(path, lines.join('\n'))
    await expect(openLog()).rejects.toMatchObject({
      code: 'JOURNAL_CORRUPT',
      kind: 'data',
      details: { file: path, line: 3 },
    })
  })

  it('is gone once removed', async () => {
    await write()
    const journal = await openLog()
    await journal.remove()
    expect(fs.existsSync(path)).toBe(false)
  })
})

describe('a full disk', () => {
  it.runIf(fs.existsSync('/dev/full'))(
    'stops the journal with an io error, and keeps the written records',
    async () => {
      const journal = await openLog()
      journal.append(records[0]!)
      const full = fs.openSync('/dev/full', 'w')
      const writeSync = fs.writeSync
      vi.spyOn(fs, 'writeSync').mockImplementation((_fd: number, data: string | NodeJS.ArrayBufferView) =>
        writeSync(full, data as Buffer),
      )
      expect(() => journal.append(records[1]!)).toThrow(expect.objectContaining({ kind: 'io' }))
      vi.restoreAllMocks()
      expect(() => journal.append(records[2]!)).toThrow(expect.objectContaining({ kind: 'io' }))
      await expect(journal.close()).rejects.toThrow(/ENOSPC/)
      fs.closeSync(full)
      expect(await read()).toEqual([records[0]])
    },
  )
})
