import fs from 'node:fs'
import { mkdir, open, type FileHandle, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AttuneError } from './error.js'
import { ioError } from './files.js'

/** Longest time that a line stays in the operating system's cache only. */
const SYNC_EVERY_MS = 200

export interface AppendLogOptions<T> {
  /** Whether a value may stand at place `i` of the file. */
  fits: (value: unknown, i: number) => value is T
  /** What to do about a line that does not. */
  hint: string
}

/**
 * A file of JSON lines that only grows, for what must outlive a crash.
 *
 * A line is handed to the operating system at once, so that it outlives this process, and synced to the disk within
 * 200 ms, so that it outlives a power cut.
 */
export class AppendLog<T> {
  /** What stood in the file when it was opened. */
  readonly entries: readonly T[]
  readonly #path: string
  readonly #handle: FileHandle
  #timer: NodeJS.Timeout | null = null
  #syncing: Promise<void> = Promise.resolve()
  #dirty = false
  #removed = false
  #failure: AttuneError | null = null

  private constructor(path: string, handle: FileHandle, entries: readonly T[]) {
    this.#path = path
    this.#handle = handle
    this.entries = entries
  }

  /**
   * Opens or creates the file and its folder. A torn last line, left by a crash, is cut off.
   *
   * @throws AttuneError JOURNAL_CORRUPT (kind `data`) for an unreadable line before the last, with file and line;
   *   FILE_READ_FAILED or FILE_WRITE_FAILED (kind `io`)
   */
  static async open<T>(path: string, options: AppendLogOptions<T>): Promise<AppendLog<T>> {
    const handle = await openFile(path)
    try {
      const bytes = await handle.readFile().catch((cause: unknown) => {
        throw ioError('read', path, cause)
      })
      const { entries, length } = parse(path, bytes, options)
      await handle.truncate(length).catch((cause: unknown) => {
        throw ioError('write', path, cause)
      })
      return new AppendLog(path, handle, entries)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Appends a line. @throws AttuneError FILE_WRITE_FAILED, e.g. on a full disk; then nothing more is taken */
  append(entry: T): void {
    this.#check()
    const bytes = Buffer.from(`${JSON.stringify(entry)}\n`)
    try {
      for (let at = 0; at < bytes.length;) at += fs.writeSync(this.#handle.fd, bytes, at)
    } catch (cause) {
      throw this.#fail(cause)
    }
    this.#dirty = true
    this.#timer ??= setTimeout(() => this.#sync(), SYNC_EVERY_MS).unref()
  }

  /** Resolves when all lines are on the disk. @throws AttuneError FILE_WRITE_FAILED */
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

  /** Closes and deletes the file, once what it holds is sealed elsewhere. @throws AttuneError FILE_WRITE_FAILED */
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

/** The values of whole lines and the bytes they take. */
function parse<T>(
  path: string,
  bytes: Buffer,
  { fits, hint }: AppendLogOptions<T>,
): { entries: T[]; length: number } {
  const entries: T[] = []
  let start = 0
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const value = parseLine(bytes.toString('utf8', start, end))
    if (value === undefined) {
      // after a power cut a last line may have its end but not its middle
      if (end === bytes.length - 1) break
      throw corrupt(path, entries.length + 1, hint)
    }
    if (!fits(value, entries.length)) throw corrupt(path, entries.length + 1, hint)
    entries.push(value)
    start = end + 1
  }
  return { entries, length: start }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function corrupt(path: string, line: number, hint: string): AttuneError {
  return new AttuneError(
    'JOURNAL_CORRUPT',
    'data',
    `${path}, line ${line}, is not what attune wrote there.`,
    {
      file: path,
      line,
      hint,
    },
  )
}
