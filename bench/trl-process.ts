import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { packageRoot } from '../common/package-root.js'

/** One training: wall time without set-up, and the mean loss over its steps. */
export interface TimedTraining {
  seconds: number
  loss: number
}

/** `bench/trl_dpo.py` in its own process; it trains when told to and idles meanwhile. */
export class TrlProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    readonly versions: Readonly<Record<string, string>>,
  ) {}

  static async start(python: string, args: Readonly<Record<string, string | number>>): Promise<TrlProcess> {
    const script = join(packageRoot(), 'bench', 'trl_dpo.py')
    const flags = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)])
    const env = { ...process.env, HF_HUB_OFFLINE: '1', HF_HUB_DISABLE_TELEMETRY: '1', TQDM_DISABLE: '1' }
    const child = spawn(python, ['-W', 'ignore', script, ...flags], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const versions = JSON.parse(await nextLine(lines)) as Record<string, string>
    return new TrlProcess(child, lines, versions)
  }

  /** @param orders indices of the pairs, an epoch each */
  async train(threads: number, orders: readonly (readonly number[])[]): Promise<TimedTraining> {
    this.child.stdin?.write(`${JSON.stringify({ threads, orders })}\n`)
    return JSON.parse(await nextLine(this.lines)) as TimedTraining
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit')
    this.child.stdin?.end()
    await ended
  }
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next()
  if (done) throw new Error('trl_dpo.py ended; its error stands above')
  return value
}
