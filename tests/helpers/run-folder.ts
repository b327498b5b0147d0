import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { afterAll } from 'vitest'
import { stringify } from 'yaml'

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

/** A folder that is gone after the tests of this file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'attune-test-'))
  folders.push(folder)
  return folder
}

export const AMARA = 'amara-voice-teacher'
export const BRUNO = 'bruno-retired-geographer'

/** A run of seconds that goes through every stage. */
export const TINY = {
  name: 'tiny',
  days: 2,
  personas: [AMARA, BRUNO],
  simulator: { stepSeconds: 3600 },
  assistant: { spokenCounterfactuals: 2 },
  pairs: { replay: { count: 16 } },
  trainer: { epochs: 1 },
  arms: { full: {} },
  references: ['silent'],
  workers: 2,
}

/** Writes a configuration: the tiny one with other keys. */
export function configFile(folder: string, changes: Record<string, unknown> = {}): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'config.yaml')
  writeFileSync(file, stringify({ ...TINY, ...changes }))
  return file
}

/** Files of a folder, relative, sorted. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .toSorted()
}

/** They hold seconds, or figures made of them. */
const TIMED = ['timing.json', 'report.html', 'metrics.parquet']

/** SHA-256 of every file of a run but those with seconds in them, whose names only are kept; leftovers show up too. */
export function bytesOf(run: string): Record<string, string> {
  return Object.fromEntries(
    filesIn(run).map((file) => [file, TIMED.includes(basename(file)) ? 'timed' : sha256(join(run, file))]),
  )
}

/** When each sealed file was written, in nanoseconds. */
export function timesOf(run: string): Record<string, bigint> {
  const sealed = filesIn(run).filter((file) => file.includes('day-'))
  return Object.fromEntries(sealed.map((file) => [file, statSync(join(run, file), { bigint: true }).mtimeNs]))
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16)
}
