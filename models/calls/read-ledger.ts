import { readFile } from 'node:fs/promises'
import { ioError } from '../../common/files.js'
import { type CallEntry, isCallEntry } from './call-entry.js'

/**
 * Every whole line of a `calls.jsonl`. A torn last line, left by a crash, is not counted: its reply is asked for again.
 *
 * @throws AttuneError FILE_READ_FAILED
 */
export async function readLedger(file: string): Promise<CallEntry[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw ioError('read', file, cause)
  })
  return text.split('\n').flatMap((line) => entryOf(line) ?? [])
}

function entryOf(line: string): CallEntry | null {
  try {
    const value: unknown = JSON.parse(line)
    return isCallEntry(value) ? value : null
  } catch {
    return null
  }
}
