import { CRITERIA } from '../../../datasets/schema.js'
import type { Agreement, Agreements, Difference, ReportDocument } from '../document.js'
import { fixed, percent, UNDEFINED, whole } from '../format-figure.js'
import { markup, type Markup, table } from './markup.js'

/** How far other raters agree with the run's own ratings; nothing when there are none. */
export function raters({ raters: all, agreements }: ReportDocument): Markup {
  if (agreements.length === 0) return markup``
  const rows = agreements.flatMap((pair) => [
    row(`${name(pair)}, all`, pair.all),
    row('spoken only', pair.spoken),
    row('silent only', pair.silent),
  ])
  return markup`<h2>Raters side by side</h2>
    <p class="note">
      The same candidates, rated by others without seeing these ratings. By criterion: Cohen’s kappa, its 95 %
      interval over personas, and the share of equal verdicts; ${UNDEFINED} where a rater always says the same.
      “run” are the run’s own ratings; malformed replies are left out.
    </p>
    ${table(['', 'candidates', ...CRITERIA, 'score, Pearson', 'score, Spearman', 'score, b − a'], rows)}
    ${table(
      ['rater', 'who', 'persona-days', 'candidates', 'ratings failed'],
      all.map((each) => [
        each.name,
        each.rater,
        whole(each.personaDays),
        whole(each.candidates),
        whole(each.failures),
      ]),
    )}`
}

const name = ({ a, b }: Agreements): string => `a ${a}, b ${b}`

function row(label: string, { n, failures, criteria, score }: Agreement): (string | Markup)[] {
  const unrated = failures > 0 ? `${whole(failures)} without both` : ''
  return [
    label,
    markup`${whole(n)}<small>${unrated}</small>`,
    ...CRITERIA.map((criterion) => {
      const { kappa, agreement } = criteria[criterion]
      return figure(kappa, `equal ${percent(agreement.value)}`)
    }),
    figure(score.pearson),
    figure(score.spearman),
    figure(score.difference),
  ]
}

function figure({ value, low, high }: Difference, note = ''): Markup {
  const range = low === null || high === null ? '' : `${fixed(low)} to ${fixed(high)}`
  return markup`${fixed(value)}<small>${range}</small>${note === '' ? '' : markup`<small>${note}</small>`}`
}
