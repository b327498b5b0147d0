/**
 * Prints the table of reference policies in docs/simulated-user.md: all personas, the simulator as a run has it by
 * default. `--days 14` is the default; a minute or two on a laptop.
 */
import { parseArgs } from 'node:util'
import { loadPersonas } from '../configs/load-personas.js'
import { loadWorld } from '../configs/load-world.js'
import { REFERENCE_POLICIES, runSchema } from '../configs/schema.js'
import type { DayMetrics } from '../datasets/metrics/day-metrics.js'
import { liveDays } from './user/live-days.js'
import { meanOf } from './user/mean.js'

const COLUMNS = ['mean', 'delivered', 'silent', 'perHour', 'precision', 'recall', 'f1'] as const

const { values } = parseArgs({ options: { days: { type: 'string', default: '14' } } })
const days = Array.from({ length: Number(values.days) }, (_, i) => i + 1)
const world = loadWorld()
const personas = loadPersonas('all', world)
const { simulator } = runSchema.parse({ name: 'references', days: days.length })

/** Mean over days, then over personas, as in a report. */
const shown = (lived: readonly DayMetrics[][], column: (typeof COLUMNS)[number] | 'wishedPerHour'): string =>
  meanOf(lived.map((ofPersona) => meanOf(ofPersona.map((metrics) => metrics[column]))))?.toFixed(2) ?? '-'

const lines: string[] = []
let wished = ''
for (const policy of REFERENCE_POLICIES) {
  const lived: DayMetrics[][] = []
  for (const persona of personas) {
    const ofPersona = await liveDays({ persona, world, policy, days, simulator })
    lived.push(ofPersona.map(({ metrics }) => metrics))
  }
  lines.push(`| \`${policy}\` | ${COLUMNS.map((column) => shown(lived, column)).join(' | ')} |`)
  wished = shown(lived, 'wishedPerHour')
  process.stderr.write(`${policy}\n`)
}
process.stdout.write(
  `| policy | ${COLUMNS.join(' | ')} |\n| --- | ${COLUMNS.map(() => '---:').join(' | ')} |\n`,
)
process.stdout.write(`${lines.join('\n')}\n\nWished for: ${wished} an hour.\n`)
