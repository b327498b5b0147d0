import type { ArmDay, ArmReport, Comparison, Estimate, ReportDocument } from '../document.js'
import { fixed, percent, rate, signed, UNDEFINED, whole } from '../format-figure.js'
import { endDays, mainArm } from '../verdict.js'
import { markup, type Markup, table } from './markup.js'

/** The figures: last day of all arms, comparisons, every day, groups of personas, training. */
export function tables(document: ReportDocument): Markup {
  const { arms, comparisons } = document
  const main = mainArm(document)
  const lived = arms.filter(({ days }) => days.length > 0)
  if (lived.length === 0) return markup``
  return markup`<h2>Arms and rules on the last day</h2>
    <p class="note">
      Below each figure its 95 % interval over personas, and n where it is not defined for all of them.
    </p>
    ${table(['', ...HEADS], lived.map(lastRow))}
    ${groups(lived)}
    ${compared(comparisons)}
    <h2>Every day</h2>
    ${lived.map((arm) => daysOf(arm, arm.name === main?.name))}
    ${training(lived)}`
}

const HEADS = [
  'score, spoken',
  'F1',
  'an hour (wish)',
  'rate ok',
  'score, all',
  'score, silent',
  'precision',
  'recall',
  '3 or more',
  'malformed',
  'pairs (ties)',
  'ratings failed',
] as const

function lastRow(arm: ArmReport): (string | Markup)[] {
  const ends = endDays(arm)
  return ends ? [arm.name, ...cells(ends.last)] : [arm.name]
}

function cells(day: ArmDay): (string | Markup)[] {
  const over = (figure: Estimate): Markup => estimate(figure, day.personas)
  return [
    over(day.delivered),
    over(day.f1),
    markup`${rate(day.perHour.value)} (${rate(day.wishedPerHour.value)})<small>${range(day.perHour, rate)}</small>`,
    `${day.rateOk} of ${day.personas}`,
    over(day.mean),
    over(day.silent),
    over(day.precision),
    over(day.recall),
    percent(day.atLeast3.value),
    percent(day.malformed),
    `${whole(day.pairs)} (${whole(day.ties)})`,
    whole(day.failures),
  ]
}

function estimate(figure: Estimate, personas: number): Markup {
  const some = figure.n > 0 && figure.n < personas ? ` n ${figure.n}` : ''
  return markup`${fixed(figure.value)}<small>${range(figure)}${some}</small>`
}

/** Narrower than in sentences: none of these figures is negative. */
function range({ low, high }: Estimate, write = fixed): string {
  return low === null || high === null ? '' : `${write(low)}–${write(high)}`
}

function daysOf({ name, kind, days }: ArmReport, open: boolean): Markup {
  const all = table(
    ['day', ...HEADS],
    days.map((day) => [String(day.day), ...cells(day)]),
  )
  return markup`<details ${open ? 'open' : ''}>
    <summary>${name} (${kind}), ${days.length} days</summary>
    ${all}
  </details>`
}

function groups(arms: readonly ArmReport[]): Markup {
  const rows = arms.flatMap((arm) => {
    const { tuned, heldOut } = arm.groups ?? {}
    const last = (label: string, days: ArmDay[] | undefined) => {
      const day = days?.at(-1)
      return day ? [[`${arm.name}, ${day.personas} ${label}`, ...cells(day)]] : []
    }
    return arm.kind === 'reference'
      ? []
      : [...last('tuned on', tuned?.days), ...last('held out', heldOut?.days)]
  })
  if (rows.length === 0) return markup``
  return markup`<h2>Personas tuned on and held out</h2>
    <p class="note">Settings were chosen on the first group only; the second is the honest figure.</p>
    ${table(['', ...HEADS], rows)}`
}

const METRICS = { mean: 'all steps', delivered: 'recommendations', f1: 'F1' } as const

function compared(comparisons: readonly Comparison[]): Markup {
  if (comparisons.length === 0) return markup``
  const others = [...new Set(comparisons.map(({ a, b }) => `${a} − ${b}`))]
  const rows = others.map((label) => {
    const found = comparisons.filter(({ a, b }) => `${a} − ${b}` === label)
    return [
      label,
      ...(['delivered', 'f1', 'mean'] as const).map((metric) => cell(found.find((c) => c.metric === metric))),
    ]
  })
  return markup`<h2>Differences between arms</h2>
    <p class="note">
      Paired over personas, on the last day lived by both. p: two-sided sign-flip test, Holm-corrected over
      the whole table.
    </p>
    ${table(['', METRICS.delivered, METRICS.f1, METRICS.mean], rows)}`
}

function cell(comparison: Comparison | undefined): string | Markup {
  if (!comparison || comparison.difference.value === null) return UNDEFINED
  const { difference, pHolm, n } = comparison
  const p = pHolm === null ? UNDEFINED : pHolm < 0.001 ? '< 0.001' : fixed(pHolm, 3)
  return markup`${signed(difference)}<small>p ${p}, n ${n}</small>`
}

const KEPT = { perplexity: 'held-out perplexity', questions: 'questions right' } as const

function kept(day: ArmDay | undefined): string | Markup {
  return day ? estimate(day.retention, day.personas) : UNDEFINED
}

function training(arms: readonly ArmReport[]): Markup {
  const trained = arms.filter(({ nights }) => nights.length > 0)
  if (trained.length === 0) return markup``
  return markup`<h2>Training</h2>
    <p class="note">
      Means over the steps of a night and over personas. Margin: reward of chosen less reward of rejected;
      accuracy: share of pairs in which it is positive.
    </p>
    ${trained.map(
      ({ name, nights, days, retention }) =>
        markup`<details>
          <summary>${name}, ${nights.length} nights</summary>
          ${table(
            [
              'night',
              'personas',
              'loss',
              'margin',
              'accuracy',
              ...(retention ? [KEPT[retention.measure]] : []),
            ],
            nights.map(({ day, n, loss, margin, accuracy }) => [
              String(day),
              String(n),
              fixed(loss, 3),
              fixed(margin, 2),
              percent(accuracy),
              ...(retention ? [kept(days.find((each) => each.day === day))] : []),
            ]),
          )}
        </details>`,
    )}`
}
