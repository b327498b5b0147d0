import { Float64, Int32, type Table, Utf8 } from 'apache-arrow'
import { CRITERIA } from '../../datasets/schema.js'
import { column, tableSchema } from '../../datasets/tables/columns.js'
import { type Row, tableOfRows } from '../../datasets/tables/encode.js'
import type { PersonaDay, ReportDocument } from './document.js'

const FIGURES = [
  ['mean', 'mean', 'Score over all steps, 0 to 4.'],
  ['delivered', 'delivered', 'Score over steps at which something was said.'],
  ['silent', 'silent', 'Score over steps at which nothing was said.'],
  ['at_least_3', 'atLeast3', 'Share of steps scoring 3 or more.'],
  ['per_hour', 'perHour', 'Deliveries an hour awake.'],
  ['wished_per_hour', 'wishedPerHour', 'Deliveries an hour awake that the persona wishes for.'],
  ['precision', 'precision', 'Deliveries scoring 3 or more / deliveries.'],
  ['recall', 'recall', 'Wished slots served by such a delivery / wished slots.'],
  ['f1', 'f1', 'Harmonic mean of precision and recall.'],
  ['retention', 'retention', 'Held-out perplexity, or share of questions right, after the night.'],
] as const

const COUNTS = [
  ['steps', 'Decision steps lived.'],
  ['deliveries', 'Recommendations delivered.'],
  ['pairs', 'Preference pairs built.'],
  ['ties', 'Comparisons without a winner.'],
  ['identical', 'Comparisons of equal texts.'],
  ['failures', 'Candidates whose rating could not be had.'],
] as const

/** `metrics.parquet`: one row an arm, persona and day. null where a figure is not defined. */
export const metricsSchema = tableSchema('attune-metrics/1', [
  column('arm', new Utf8(), 'Name of the arm or reference policy.'),
  column('kind', new Utf8(), '`trained`, `untrained` or `reference`.'),
  column('persona', new Utf8(), 'Id of the persona.'),
  column('day', new Int32(), 'Day of the run, from 1.'),
  ...FIGURES.map(([name, , description]) => column(name, new Float64(), description, 'nullable')),
  ...CRITERIA.map((name) =>
    column(name, new Float64(), `Share of steps at which ${name} holds.`, 'nullable'),
  ),
  ...CRITERIA.map((name) =>
    column(`delivered_${name}`, new Float64(), `Share of deliveries for which ${name} holds.`, 'nullable'),
  ),
  column('malformed', new Float64(), 'Share of sampled replies that could not be read.', 'nullable'),
  ...COUNTS.map(([name, description]) => column(name, new Int32(), description)),
  column('tokens', new Float64(), 'Tokens the assistant read and wrote.'),
  column('usd', new Float64(), 'Money spent.'),
  column('seconds', new Float64(), 'Seconds of work.', 'nullable'),
])

/** The figures of all persona-days, in the order of arms, personas and days. */
export function metricsTable({ arms }: ReportDocument): Table {
  const rows = arms.flatMap(({ name, kind, personas }) =>
    personas.flatMap(({ id, days }) => days.map((day) => ({ arm: name, kind, persona: id, ...rowOf(day) }))),
  )
  return tableOfRows(metricsSchema, rows)
}

function rowOf(day: PersonaDay): Row {
  return {
    day: day.day,
    ...Object.fromEntries(FIGURES.map(([name, field]) => [name, day[field].value])),
    ...Object.fromEntries(CRITERIA.map((name) => [name, day.criteria[name].value])),
    ...Object.fromEntries(CRITERIA.map((name) => [`delivered_${name}`, day.deliveredCriteria[name].value])),
    ...Object.fromEntries(COUNTS.map(([name]) => [name, day[name]])),
    malformed: day.malformed,
    tokens: day.tokens,
    usd: day.usd,
    seconds: day.seconds,
  }
}
