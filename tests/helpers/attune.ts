import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))
const cli = `${root}dist/pipeline/cli.js`

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Started {
  child: ChildProcess
  pid: number
  /** What it has written to stderr so far. */
  stderr: () => string
  ended: Promise<Ended>
}

export interface StartOptions {
  cwd?: string
  env?: Record<string, string>
  /** Command put before node, e.g. `['prlimit', '--fsize=1000']`. */
  under?: string[]
}

/** Starts the built command line as the leader of a process group of its own, with neither terminal nor colours asked for. */
export function start(args: readonly string[], { cwd, env = {}, under = [] }: StartOptions = {}): Started {
  const [command, ...rest] = [...under, process.execPath, cli, ...args]
  const child = spawn(command!, rest, {
    cwd: cwd ?? root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return { child, pid: child.pid!, stderr: () => stderr, ended }
}

/** Runs the built command line to its end. */
export function attune(args: readonly string[], options?: StartOptions): Promise<Ended> {
  return start(args, options).ended
}

/** Processes that a process has forked, from /proc; empty once it is gone. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    const status = readStat(Number(name))
    return status?.parent === pid && status.state !== 'Z' ? [Number(name)] : []
  })
}

/** True while a process runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  const state = readStat(pid)?.state
  return state !== undefined && state !== 'Z'
}

function readStat(pid: number): { state: string; parent: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: state!, parent: Number(parent) }
  } catch {
    return null
  }
}

/** Resolves when something holds, looking every 10 ms. */
export async function until(holds: () => boolean, what: string, milliseconds = 30_000): Promise<void> {
  const end = performance.now() + milliseconds
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited ${milliseconds} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
