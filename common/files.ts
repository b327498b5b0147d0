import { createHash } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AttuneError } from './error.js'

const HINTS: Record<string, string> = {
  ENOSPC: 'Free space on the disk and run the same command again.',
  EDQUOT: 'The disk quota is used up: free space and run the same command again.',
  EACCES: 'Check the permissions of the folder.',
  EPERM: 'Check the permissions of the folder.',
  EROFS: 'The file system is read-only: choose another folder.',
  ENOENT: 'Create the folder, or check the path.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n).',
}

/** The system's code of an I/O failure, e.g. `ENOENT`. */
export function ioErrorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'UNKNOWN'
}

/** An I/O failure as an AttuneError of kind `io` that names the file and says what to do. */
export function ioError(action: 'read' | 'write', path: string, cause: unknown): AttuneError {
  const code = ioErrorCode(cause)
  return new AttuneError(
    action === 'read' ? 'FILE_READ_FAILED' : 'FILE_WRITE_FAILED',
    'io',
    `could not ${action} ${path} (${code})`,
    {
      file: path,
      hint: HINTS[code] ?? 'Check the disk and the path, then run the same command again.',
      cause,
    },
  )
}

let temporaries = 0

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder as a file; its rename is journaled
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Writes a file so that after a crash either the old or the whole new content stands: temporary name in the same
 * folder, fsync, rename, fsync of the folder. The folder must exist.
 *
 * @throws AttuneError FILE_WRITE_FAILED (kind `io`); the temporary file is removed
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${temporaries++}.tmp`)
  try {
    const handle = await open(temporary, 'wx')
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
    await syncFolder(folder)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw ioError('write', path, cause)
  }
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

/** JSON with keys sorted at every depth, two spaces, newline at the end: equal values give equal bytes. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, sortKeys, 2) + '\n'
}

/** @throws AttuneError as {@link writeFileAtomic} */
export function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  return writeFileAtomic(path, stableJson(value))
}

/** SHA-256 in lower-case hexadecimal; a string is hashed as UTF-8. */
export function sha256Hex(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
