import fs from 'node:fs'
import { mkdir, open, type FileHandle, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AttuneError } from '../common/error.js'
import { ioError } from '../common/files.js'
import type { RatedRecord } from '../datasets/schema.js'

/** Longest time that a record stays in the operating system's cache only. */
const SYNC_EVERY_MS = 200

/**
 * The journal of a day under way: one line of JSON for each step that was lived.
 *
 * A record is handed to the operating system at once, so that it outlives this process, and synced to the disk within
 * 200 ms, so that it outlives a power cut.
 */
export class Journal {
  /** Records that stood in the file when it was opened. */
  readonly records: readonly RatedRecord[]
  readonly #path: string
  readonly #handle: FileHandle
  #timer: NodeJS.Timeout | null = null
  #syncing: Promise<void> = Promise.resolve()
  #dirty = false
  #removed = false
  #failure: AttuneError | null = null

  private constructor(path: string, handle: FileHandle, records: readonly RatedRecord[]) {
    this.#path = path
    this.#handle = handle
    this.records = records
  }

  /**
   * Opens or creates the journal and its folder. A torn last line, left by a crash, is cut off.
   *
   * @param follows whether a record may stand at place `i`
   * @throws AttuneError JOURNAL_CORRUPT (kind `data`) for an unreadable line before the last, with file and line;
   *   FILE_READ_FAILED or FILE_WRITE_FAILED (kind `io`)
   */
  static async open(
    path: string,
    follows: (record: RatedRecord, i: number) => boolean = () => true,
  ): Promise<Journal> {
    const handle = await openFile(path)
    try {
      const bytes = await handle.readFile().catch((cause: unknown) => {
        throw ioError('read', path, cause)
      })
      const { records, length } = parse(path, bytes, follows)
      await handle.truncate(length).catch((cause: unknown) => {
        throw ioError('write', path, cause)
      })
      return new Journal(path, handle, records)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Appends a record. @throws AttuneError FILE_WRITE_FAILED, e.g. on a full disk; then nothing more is taken */
  append(record: RatedRecord): void {
    this.#check()
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`)
    try {
      for (let at = 0; at < bytes.length;) at += fs.writeSync(this.#handle.fd, bytes, at)
    } catch (cause) {
      throw this.#fail(cause)
    }
    this.#dirty = true
    this.#timer ??= setTimeout(() => this.#sync(), SYNC_EVERY_MS).unref()
  }

  /** Resolves when all records are on the disk. @throws AttuneError FILE_WRITE_FAILED */
  async flush(): Promise<void> {
    if (this.#dirty) this.#sync()
    await this.#syncing
    this.#check()
  }

  /** Flushes and closes; nothing happens after `remove`. The handle is closed even if flushing failed. @throws AttuneError FILE_WRITE_FAILED */
  async close(): Promise<void> {
    if (this.#removed) return
    try {
      await this.flush()
    } finally {
      this.#stop()
      await this.#handle.close()
    }
  }

  /** Closes and deletes the journal, once the day is sealed. @throws AttuneError FILE_WRITE_FAILED */
  async remove(): Promise<void> {
    this.#removed = true
    this.#stop()
    await this.#syncing
    await this.#handle.close()
    await rm(this.#path, { force: true }).catch((cause: unknown) => {
      throw ioError('write', this.#path, cause)
    })
  }

  #sync(): void {
    this.#stop()
    this.#dirty = false
    this.#syncing = this.#syncing
      .then(() => this.#handle.datasync())
      .catch((cause: unknown) => {
        this.#fail(cause)
      })
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #fail(cause: unknown): AttuneError {
    this.#failure ??= ioError('write', this.#path, cause)
    return this.#failure
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true })
    // appends land at the end whatever was read, and truncation needs write access
    return await open(path, 'a+')
  } catch (cause) {
    throw ioError('write', path, cause)
  }
}

/** The records of whole lines and the bytes they take. */
function parse(
  path: string,
  bytes: Buffer,
  follows: (record: RatedRecord, i: number) => boolean,
): { records: RatedRecord[]; length: number } {
  const records: RatedRecord[] = []
  let start = 0
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const record = parseLine(bytes.toString('utf8', start, end))
    if (record === null) {
      // after a power cut a last line may have its end but not its middle
      if (end === bytes.length - 1) break
      throw corrupt(path, records.length + 1)
    }
    if (!follows(record, records.length)) throw corrupt(path, records.length + 1)
    records.push(record)
    start = end + 1
  }
  return { records, length: start }
}

function parseLine(line: string): RatedRecord | null {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}

/** Enough to tell a record from other JSON: we wrote the line, or nobody did. */
function isRecord(value: unknown): value is RatedRecord {
  return typeof value === 'object' && value !== null && 'moment' in value && 'candidates' in value
}

function corrupt(path: string, line: number): AttuneError {
  return new AttuneError(
    'JOURNAL_CORRUPT',
    'data',
    `${path}, line ${line}, is not the record of that step.`,
    {
      file: path,
      line,
      hint: "Delete that day's folder and run again: the run repeats only that day.",
    },
  )
}
