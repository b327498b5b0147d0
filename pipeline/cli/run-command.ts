import { once } from 'node:events'
import { relative } from 'node:path'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { loadPersonas } from '../../configs/load-personas.js'
import { loadWorld } from '../../configs/load-world.js'
import { plainRenderer, terminalRenderer } from '../progress/renderer.js'
import { dayTable } from '../report/day-table.js'
import { writeReport } from '../report/write-report.js'
import { run } from '../run/run.js'
import { stopOnSignal } from './stop-on-signal.js'

export interface RunCommandOptions {
  set: string[]
  runs: string
  json: boolean
}

/** `attune run`: lives the days, writes the report, shows the day table. */
export async function runCommand(file: string, { set, runs, json }: RunCommandOptions): Promise<void> {
  const config = loadRunConfig(file, set)
  const personas = loadPersonas(config.personas, loadWorld()).length
  const arms = Object.keys(config.arms).length
  const stream = process.stderr
  const counts = {
    stream,
    totalDays: personas * arms * config.days,
    tasks: personas * (arms + config.references.length),
  }
  const renderer = stream.isTTY && !process.env['CI'] ? terminalRenderer(counts) : plainRenderer(counts)
  const stop = stopOnSignal(stream)
  try {
    const folder = await run({ config, runs, emit: renderer.emit, signal: stop.signal })
    renderer.stop()
    const document = await writeReport(folder)
    if (json) await print(`${JSON.stringify(document, null, 2)}\n`)
    else {
      stream.write(`\n${dayTable(document, { colour: stream.isTTY })}\n`)
      stream.write(`\nReport: ${relative(process.cwd(), folder.report)}\n`)
    }
  } finally {
    renderer.stop()
    stop.release()
  }
}

/** Writes a result to stdout, waiting where a pipe is slow. */
export async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}
