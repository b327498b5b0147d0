import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process that outlives who started it; with its start, for ids of processes are used again. */
export interface ProcessMark {
  pid: number
  started: string
}

/** Time to end in after SIGTERM, milliseconds. */
const GRACE_MS = 10_000
const LOOK_MS = 50

/**
 * Starts a program that waits for a line on its input, as leader of a process group of its own, with its output in files.
 * When this process is killed before {@link Waiting.go}, the input ends and the program with it.
 */
export interface Waiting {
  mark: ProcessMark
  /** Lets it begin. */
  go: () => void
  /** Ends it before it began. */
  drop: () => void
  /** How it ended, if it did. */
  exit: () => string | null
}

/** @throws the system's error where the program cannot be started */
export async function startWaiting(
  command: readonly string[],
  files: { stdout: string; stderr: string },
): Promise<Waiting> {
  const stdout = openSync(files.stdout, 'w')
  const stderr = openSync(files.stderr, 'w')
  let child: ChildProcess
  try {
    child = spawn(command[0]!, command.slice(1), { detached: true, stdio: ['pipe', stdout, stderr] })
  } finally {
    closeSync(stdout)
    closeSync(stderr)
  }
  let exit: string | null = null
  child.on('exit', (code, signal) => (exit = signal === null ? `exit code ${code}` : `signal ${signal}`))
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  const input = child.stdin!
  // a program that ended at once closed it: its end is told by `exit`
  input.on('error', () => undefined)
  child.unref()
  const pid = child.pid!
  return {
    mark: { pid, started: startOf(pid) ?? 'ended' },
    go: () => void input.end('go\n'),
    drop: () => void input.end(),
    exit: () => exit,
  }
}

/** True while this very process runs; not for a zombie, nor for another one with its id. */
export function isAlive({ pid, started }: ProcessMark): boolean {
  return startOf(pid) === started
}

/** Asks a process and all it started to end, and makes them end when they do not. */
export async function endProcess(mark: ProcessMark): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (let waited = 0; waited < GRACE_MS; waited += LOOK_MS) {
      if (!isAlive(mark)) return
      if (waited === 0) signalGroup(mark.pid, signal)
      await sleep(LOOK_MS)
    }
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // gone in between
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** When a process started, in a form that only serves to be compared; null when there is none. */
function startOf(pid: number): string | null {
  if (!existsSync('/proc/self/stat')) return startByPs(pid)
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the name, in parentheses, may hold spaces: state is field 3, ticks since boot field 22 (man 5 proc)
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return null
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`
  } catch {
    return null
  }
}

function startByPs(pid: number): string | null {
  try {
    const said = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    const [state = '', ...started] = said.split(/\s+/)
    return state === '' || state.startsWith('Z') ? null : started.join(' ')
  } catch {
    return null
  }
}
