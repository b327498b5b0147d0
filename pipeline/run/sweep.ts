import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ioError } from '../../common/files.js'

/** What is being written has this ending until it is whole. */
const UNFINISHED = '.tmp'

/**
 * Removes what a killed process left half-written anywhere in a run folder. Only for who holds the run's lock.
 *
 * @throws AttuneError of kind `io`
 */
export async function sweep(root: string): Promise<void> {
  try {
    const entries = await readdir(root, { withFileTypes: true, recursive: true })
    const stale = entries.filter(({ name }) => name.endsWith(UNFINISHED))
    await Promise.all(
      stale.map(({ parentPath, name }) => rm(join(parentPath, name), { recursive: true, force: true })),
    )
  } catch (cause) {
    throw ioError('write', root, cause)
  }
}
