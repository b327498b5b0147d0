import { relative, resolve } from 'node:path'
import { dayTable } from '../report/day-table.js'
import { writeReport } from '../report/write-report.js'
import { RunFolder } from '../run/run-folder.js'
import { print } from './run-command.js'

/** `attune report`: reads a run folder, writes its report, shows the day table or prints JSON. */
export async function reportCommand(run: string, { json }: { json: boolean }): Promise<void> {
  const folder = new RunFolder(resolve(run))
  const document = await writeReport(folder)
  if (json) return print(`${JSON.stringify(document, null, 2)}\n`)
  process.stderr.write(`${dayTable(document, { colour: process.stderr.isTTY })}\n`)
  await print(`${relative(process.cwd(), folder.report)}\n`)
}
