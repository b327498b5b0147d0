import { relative, resolve } from 'node:path'
import { loadRater } from '../../configs/rater.js'
import { type RatedDay, rateRun } from '../rate/rate-run.js'
import { agreementTable } from '../report/agreement/agreement-table.js'
import { writeReport } from '../report/write-report.js'
import { RunFolder } from '../run/run-folder.js'
import { print } from './run-command.js'
import { stopOnSignal } from './stop-on-signal.js'

export interface RateCommandOptions {
  rater: string
  personas?: string[]
  arms?: string[]
  days?: ReadonlySet<number>
  json: boolean
}

/** `attune rate`: another rater goes over the records of a run; then the report is written again. */
export async function rateCommand(
  run: string,
  { rater, json, ...choice }: RateCommandOptions,
): Promise<void> {
  const config = loadRater(rater)
  const folder = new RunFolder(resolve(run))
  const stream = process.stderr
  const onDay = (day: RatedDay): void => void stream.write(`${dayLine(config.name, day)}\n`)
  const stop = stopOnSignal(stream)
  try {
    await rateRun({ folder, rater: config, ...choice, onDay, signal: stop.signal })
  } finally {
    stop.release()
  }
  const document = await writeReport(folder)
  const { raters, agreements } = document
  if (json) return print(`${JSON.stringify({ raters, agreements }, null, 2)}\n`)
  stream.write(`\n${agreementTable(document, { colour: stream.isTTY })}\n`)
  stream.write(`\nReport: ${relative(process.cwd(), folder.report)}\n`)
}

function dayLine(rater: string, { arm, persona, day, candidates, failures, done, of }: RatedDay): string {
  const failed = failures > 0 ? `, ${failures} ratings could not be had` : ''
  return `${done}/${of} ${rater}: ${arm} / ${persona} day ${day}: ${candidates} candidates${failed}`
}
