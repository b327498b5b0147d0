import { styleText } from 'node:util'
import type { ArmDay, ArmReport, Estimate, ReportDocument } from './document.js'
import { folded } from './fold.js'
import { fixed, percent, rate } from './format-figure.js'
import { spendLine } from './spend-line.js'
import { endDays, verdictOf } from './verdict.js'

export interface DayTableOptions {
  /** Bold and dim text for terminals. Default: plain. */
  colour?: boolean
}

const COLUMNS = ['day', 'mean', 'delivered', 'per hour (wish)', 'F1', 'malformed', 'pairs'] as const
type Cells = readonly string[]

/**
 * What a run did, as plain text of at most 100 columns: every arm by day, the references on their last day, the verdict,
 * and what was paid. After ± stands half the width of the 95 % interval over personas, after n= for how many the figure
 * is defined. Ends without a line break.
 */
export function dayTable(document: ReportDocument, { colour = false }: DayTableOptions = {}): string {
  const style = (format: 'bold' | 'dim', text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text
  const lived = document.arms.filter(({ days }) => days.length > 0)
  const arms = lived.filter(({ kind }) => kind !== 'reference')
  const references = lived.filter(({ kind }) => kind === 'reference')
  const blocks = [
    ...arms.map((arm) => ({
      title: titleOf(arm),
      rows: arm.days.map((day) => cellsOf(String(day.day), day)),
    })),
    ...(references.length > 0
      ? [{ title: referenceTitle(references), rows: references.flatMap(referenceRow) }]
      : []),
  ]
  const all: Cells[] = [COLUMNS, ...blocks.flatMap(({ rows }) => rows)]
  const widths = COLUMNS.map((_, i) => Math.max(...all.map((cells) => cells[i]!.length)))
  const line = (cells: Cells): string =>
    cells
      .map((cell, i) => align(cell, widths[i]!, i))
      .join('  ')
      .trimEnd()
  const { change, against, caution } = verdictOf(document)
  const spent = spendLine(document.spent.total)
  return [
    ...blocks.flatMap(({ title, rows }) => [
      style('bold', title),
      style('dim', line(COLUMNS)),
      ...rows.map(line),
      '',
    ]),
    ...folded([change, against, caution ?? ''].filter((text) => text !== '').join(' ')),
    ...(spent === '' ? [] : ['', ...folded(spent)]),
  ].join('\n')
}

function titleOf({ name, kind, days }: ArmReport): string {
  const personas = Math.max(...days.map((day) => day.personas))
  return `${name} (${kind}), ${personas} ${personas === 1 ? 'persona' : 'personas'}`
}

function referenceTitle(references: readonly ArmReport[]): string {
  const days = [...new Set(references.flatMap((arm) => endDays(arm)?.last.day ?? []))]
  return `rules without a model, day ${days.join(', ')}`
}

function referenceRow(arm: ArmReport): Cells[] {
  const ends = endDays(arm)
  return ends ? [cellsOf(arm.name, ends.last)] : []
}

function cellsOf(label: string, day: ArmDay): Cells {
  return [
    label,
    estimate(day.mean, day.personas),
    estimate(day.delivered, day.personas),
    `${rate(day.perHour.value)} (${rate(day.wishedPerHour.value)})`,
    estimate(day.f1, day.personas),
    percent(day.malformed),
    String(day.pairs),
  ]
}

/** With half the width of the interval, which in full would not fit, and how many personas it holds for if not all. */
function estimate({ value, low, high, n }: Estimate, personas: number): string {
  const spread = low === null || high === null ? '' : ` ±${fixed((high - low) / 2)}`
  return `${fixed(value)}${spread}${n > 0 && n < personas ? ` n=${n}` : ''}`
}

/** Labels to the left, figures to the right. */
function align(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}
