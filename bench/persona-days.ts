import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../common/package-root.js'
import { loadRunConfig } from '../configs/load-run-config.js'
import { versions } from '../pipeline/run/versions.js'
import { median } from './median.js'

/** Persona-days a minute and peak memory of whole runs at the paper's scale of a day, with one and with two workers. */
const { values } = parseArgs({
  options: { days: { type: 'string', default: '4' }, runs: { type: 'string', default: '3' } },
})
const PERSONAS = ['nils-slow-days', 'zainab-new-mother', 'pilar-tax-adviser', 'malik-synth-tinkerer']

interface Lived {
  personaDaysPerMinute: number
  /** Sum over the processes of a run of each one's highest resident size, MiB. */
  peakMiB: number
}

async function live(workers: number): Promise<Lived> {
  const runs = mkdtempSync(join(tmpdir(), 'attune-days-'))
  const file = join(runs, 'config.yaml')
  const { tuned: _, ...paper } = loadRunConfig(join(packageRoot(), 'configs', 'paper.yaml'))
  const config = {
    ...paper,
    personas: PERSONAS,
    days: Number(values.days),
    workers,
    references: [],
    arms: { full: {} },
  }
  writeFileSync(file, JSON.stringify(config))
  const cli = join(packageRoot(), 'dist', 'pipeline', 'cli.js')
  const start = performance.now()
  const child = spawn(process.execPath, [cli, 'run', file, '--runs', runs], { stdio: 'ignore' })
  const peaks = new Map<number, number>()
  const timer = setInterval(
    () => processesOf(child).forEach((pid) => peaks.set(pid, peakOf(pid) ?? peaks.get(pid) ?? 0)),
    200,
  )
  const [code] = (await once(child, 'exit')) as [number]
  clearInterval(timer)
  const minutes = (performance.now() - start) / 60_000
  rmSync(runs, { recursive: true })
  if (code !== 0) throw new Error(`attune run ended with ${code}`)
  const personaDays = PERSONAS.length * Number(values.days)
  return {
    personaDaysPerMinute: personaDays / minutes,
    peakMiB: [...peaks.values()].reduce((a, b) => a + b, 0),
  }
}

/** The run and its workers. */
function processesOf({ pid }: ChildProcess): number[] {
  const children = readdirSync('/proc').filter((name) => {
    try {
      return (
        /^\d+$/.test(name) &&
        readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ')[1] === String(pid)
      )
    } catch {
      return false
    }
  })
  return [pid!, ...children.map(Number)]
}

function peakOf(pid: number): number | undefined {
  try {
    // a process that has just ended has a status, but no size
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
  } catch {
    return undefined
  }
}

const load = loadavg()[0]
const lived = { one: [] as Lived[], two: [] as Lived[] }
for (let run = 0; run < Number(values.runs); run++) {
  lived.one.push(await live(1))
  lived.two.push(await live(2))
  process.stderr.write(`${JSON.stringify([lived.one.at(-1), lived.two.at(-1)])}\n`)
}
const speed = (all: readonly Lived[]): number => median(all.map((each) => each.personaDaysPerMinute))
const peak = (all: readonly Lived[]): number => median(all.map((each) => each.peakMiB))
const summary = {
  one: { personaDaysPerMinute: speed(lived.one), peakMiB: peak(lived.one) },
  two: { personaDaysPerMinute: speed(lived.two), peakMiB: peak(lived.two) },
  ratio: speed(lived.two) / speed(lived.one),
}
process.stdout.write(`${JSON.stringify({ load, versions: versions(), lived, ...summary }, null, 2)}\n`)
