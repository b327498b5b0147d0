import { resolve } from 'node:path'
import { collectReport } from '../pipeline/report/collect-report.js'
import type { ReportDocument } from '../pipeline/report/document.js'
import { RunFolder } from '../pipeline/run/run-folder.js'

/**
 * Prints Markdown tables over runs that differ in their seed only: `npx tsx scripts/seed-table.ts runs/paper
 * runs/paper-seed2 runs/paper-seed3`. One row a seed for the first and last day, then tuned and held-out personas.
 */
type Arm = ReportDocument['arms'][number]
type Day = Arm['days'][number]

const reports = await Promise.all(
  process.argv.slice(2).map((folder) => collectReport(new RunFolder(resolve(folder)))),
)
const text = (value: number | null, digits = 2): string => (value === null ? '-' : value.toFixed(digits))
const interval = ({ value, low, high }: Day['mean']): string =>
  low === null ? text(value) : `${text(value)} (${text(low)}-${text(high)})`
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const COLUMNS = [
  'mean',
  'delivered',
  'silent steps',
  'an hour',
  'wish',
  'rate ok',
  'precision',
  'recall',
  'F1',
  'malformed',
]
const cells = (day: Day): string[] => [
  interval(day.mean),
  interval(day.delivered),
  text(day.silent.value),
  text(day.perHour.value),
  text(day.wishedPerHour.value),
  `${day.rateOk}/${day.personas}`,
  text(day.precision.value),
  text(day.recall.value),
  interval(day.f1),
  `${text(day.malformed === null ? null : 100 * day.malformed)} %`,
]
const head = (first: string): string[] => [
  row([first, ...COLUMNS]),
  row(['---', ...COLUMNS.map(() => '---:')]),
]

const lines: string[] = []
for (const report of reports) {
  lines.push(
    '',
    `Run \`${report.run}\`, seed ${report.seed}, ${report.personas} personas`,
    '',
    ...head('arm, day'),
  )
  for (const { name, kind, days, groups } of report.arms) {
    const last = days.at(-1)
    if (!last) continue
    if (kind !== 'reference') lines.push(row([`${name}, day ${days[0]!.day}`, ...cells(days[0]!)]))
    lines.push(row([`${name}, day ${last.day}`, ...cells(last)]))
    if (kind !== 'trained' || !groups) continue
    lines.push(row([`${name}, tuned on, day ${last.day}`, ...cells(groups.tuned.days.at(-1)!)]))
    lines.push(row([`${name}, held out, day ${last.day}`, ...cells(groups.heldOut.days.at(-1)!)]))
  }
  const against = report.comparisons.filter(
    ({ a, b }) => a === 'full' && (b === 'receptive-timer' || b === 'none'),
  )
  lines.push(
    '',
    row(['difference, last day', 'metric', 'value', 'p (Holm)']),
    row(['---', '---', '---:', '---:']),
  )
  for (const { a, b, metric, difference, pHolm } of against) {
    const { value, low, high } = difference
    lines.push(row([`${a} - ${b}`, metric, `${text(value)} (${text(low)} to ${text(high)})`, text(pHolm, 4)]))
  }
}
process.stdout.write(`${lines.join('\n').trim()}\n`)
