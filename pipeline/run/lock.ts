import { readFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { AttuneError } from '../../common/error.js'
import { ioError, ioErrorCode } from '../../common/files.js'

/** Time that the holder gets to write its name into a lock just made. */
const NAMING_MS = 200

/**
 * Takes the run's lock, so that two processes never write one run; returns how to give it back. A lock whose process
 * is gone (after a crash) is taken over.
 *
 * @throws AttuneError RUN_LOCKED, FILE_WRITE_FAILED
 */
export async function takeLock(file: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await writeFile(file, `${process.pid} ${startOf(process.pid) ?? ''}`, { flag: 'wx' })
      return () => rm(file, { force: true })
    } catch (cause) {
      if (ioErrorCode(cause) !== 'EEXIST') throw ioError('write', file, cause)
      const pid = await holderOf(file)
      if (pid !== null) {
        throw new AttuneError('RUN_LOCKED', 'usage', `process ${pid} is working on this run`, {
          file,
          hint: 'Wait for it, stop it, or give this run another `name`.',
        })
      }
      await rm(file, { force: true })
    }
  }
}

/** The living process that holds a lock. */
async function holderOf(file: string): Promise<number | null> {
  const read = (): Promise<string> => readFile(file, 'utf8').catch(() => '')
  let text = await read()
  if (text === '') {
    await wait(NAMING_MS)
    text = await read()
  }
  const [pid, start] = text.split(' ')
  const held = Number(pid)
  if (!(held > 0) || !isAlive(held)) return null
  // after a reboot, and in every container, the same number is soon another process
  return start && startOf(held) !== start ? null : held
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // somebody else's process is alive too
    return ioErrorCode(error) === 'EPERM'
  }
}

/** When a process began, in the kernel's ticks since boot; null where the system does not tell (proc(5), field 22). */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
