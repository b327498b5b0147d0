import { styleText } from 'node:util'
import { CRITERIA } from '../../../datasets/schema.js'
import type { Agreement, Agreements, Difference, ReportDocument } from '../document.js'
import { folded } from '../fold.js'
import { fixed, whole } from '../format-figure.js'
import { spendLine } from '../spend-line.js'

const HEADS = ['', 'n', ...CRITERIA, 'Pearson', 'Spearman', 'score b − a'] as const
const NOTE =
  'By criterion: Cohen’s kappa, after ± half the width of its 95 % interval over personas; – where a rater always says the same.'

/**
 * How far raters agree, as plain text of at most 100 columns: a block for each pair, and what the raters cost. Ends
 * without a line break.
 */
export function agreementTable(
  { raters, agreements }: Pick<ReportDocument, 'raters' | 'agreements'>,
  { colour = false }: { colour?: boolean } = {},
): string {
  if (agreements.length === 0) return 'No other rater has rated a day.'
  const style = (format: 'bold' | 'dim', text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text
  const blocks = agreements.map((pair) => ({ title: titleOf(pair), rows: rowsOf(pair) }))
  const all = [HEADS, ...blocks.flatMap(({ rows }) => rows)]
  const widths = HEADS.map((_, i) => Math.max(...all.map((cells) => cells[i]!.length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd()
  const spent = raters.flatMap(({ name, spent: { total } }) => {
    const told = spendLine(total)
    return told === '' ? [] : folded(`${name}. ${told}`)
  })
  return [
    ...blocks.flatMap(({ title, rows }) => [
      style('bold', title),
      style('dim', line(HEADS)),
      ...rows.map(line),
      '',
    ]),
    ...folded(NOTE),
    ...spent,
  ].join('\n')
}

function titleOf({ a, b, personas, personaDays, all: { failures } }: Agreements): string {
  const unrated = failures > 0 ? `, ${whole(failures)} candidates without a rating of both` : ''
  return `a ${a}, b ${b}: ${personas} ${personas === 1 ? 'persona' : 'personas'}, ${personaDays} persona-days${unrated}`
}

function rowsOf({ all, spoken, silent }: Agreements): string[][] {
  return [cellsOf('all', all), cellsOf('spoken', spoken), cellsOf('silent', silent)]
}

function cellsOf(label: string, { n, criteria, score }: Agreement): string[] {
  return [
    label,
    whole(n),
    ...CRITERIA.map((criterion) => figure(criteria[criterion].kappa)),
    fixed(score.pearson.value),
    fixed(score.spearman.value),
    figure(score.difference),
  ]
}

function figure({ value, low, high }: Difference): string {
  return `${fixed(value)}${low === null || high === null ? '' : ` ±${fixed((high - low) / 2)}`}`
}
