import { readFile, rm, writeFile } from 'node:fs/promises'
import { AttuneError } from '../../common/error.js'
import { ioErrorCode } from '../../common/files.js'

/**
 * Takes the run's lock, so that two processes never write one run; returns how to give it back. A lock whose process
 * is gone (after a crash) is taken over.
 *
 * @throws AttuneError RUN_LOCKED
 */
export async function takeLock(file: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' })
      return () => rm(file, { force: true })
    } catch (cause) {
      if (ioErrorCode(cause) !== 'EEXIST') throw cause
      const pid = Number(await readFile(file, 'utf8').catch(() => ''))
      if (pid > 0 && isAlive(pid)) {
        throw new AttuneError('RUN_LOCKED', 'usage', `process ${pid} is working on this run`, {
          file,
          hint: 'Wait for it, stop it, or give this run another `name`.',
        })
      }
      await rm(file, { force: true })
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
