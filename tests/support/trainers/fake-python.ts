import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('fake-trl.mjs', import.meta.url))
type Gate = 'loaded' | 'step' | 'done'

/** A program that stands for Python with TRL, in a folder of its own: see fake-trl.mjs. */
export class FakePython {
  readonly path: string

  constructor(private readonly home: string) {
    this.path = join(home, 'python')
    writeFileSync(this.path, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$0" "$@"\n`)
    chmodSync(this.path, 0o755)
    this.plans({})
  }

  /** What the next process does. */
  plans(plan: { gates?: Gate[]; end?: string; code?: string }): void {
    writeFileSync(join(this.home, 'fake.json'), JSON.stringify(plan))
    for (const gate of ['loaded', 'step', 'done'])
      for (const mark of ['at', 'open']) rmSync(join(this.home, `${mark}-${gate}`), { force: true })
  }

  open(gate: Gate): void {
    writeFileSync(join(this.home, `open-${gate}`), '')
  }

  /** Process that has come to a gate; null before. */
  at(gate: Gate): number | null {
    const file = join(this.home, `at-${gate}`)
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    return text === '' ? null : Number(text)
  }

  /** Every process that has begun to train, with the mark of its environment. */
  get began(): { pid: number; mark: string }[] {
    const file = join(this.home, 'began')
    if (!existsSync(file)) return []
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([pid, mark = '']) => ({ pid: Number(pid), mark }))
  }

  /** What the latest process was given. */
  get given(): {
    job: { base: string; baseName: string; parent: string | null; orders: number[][]; seed: number }
    rows: object[]
    folder: string
  } {
    return JSON.parse(readFileSync(join(this.home, 'given.json'), 'utf8'))
  }
}
