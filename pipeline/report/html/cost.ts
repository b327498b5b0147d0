import type { Spend } from '../../../models/calls/spend.js'
import { ROLES } from '../../../models/calls/call-entry.js'
import type { ArmReport, ReportDocument } from '../document.js'
import { duration, UNDEFINED, whole } from '../format-figure.js'
import { dollars } from '../spend-line.js'
import { markup, type Markup, table } from './markup.js'

/** Work of each arm, and of rules whose ratings were paid for; the paid calls of each role where there were any. */
export function cost({ arms, spent, raters }: ReportDocument): Markup {
  const costly = ({ kind, days }: ArmReport): boolean =>
    kind !== 'reference' || days.some(({ usd }) => usd > 0)
  const worked = arms.filter((arm) => arm.days.length > 0 && costly(arm)).map(armRow)
  const paid = [
    ...ROLES.flatMap((role) => (spent.byRole[role] ? [spendRow(role, spent.byRole[role])] : [])),
    ...(isPaid(spent.total) ? [spendRow('all of the run', spent.total)] : []),
    ...raters.flatMap(({ name, spent: { total } }) =>
      isPaid(total) ? [spendRow(`rater ${name}`, total)] : [],
    ),
  ]
  if (worked.length === 0 && paid.length === 0) return markup``
  return markup`<h2>What it cost</h2>
    ${
      worked.length === 0
        ? ''
        : table(['arm', 'persona-days', 'assistant’s tokens', 'money', 'work', 'a persona-day'], worked)
    }
    ${paid.length === 0 ? '' : paidTable(paid)}`
}

function paidTable(rows: (string | Markup)[][]): Markup {
  return markup`<p class="note">
      Calls to models behind endpoints, days that are not sealed yet included. Plans (role “life”) are shared by
      all arms and vectors by all days: the money of an arm is without them. A failed attempt yielded nothing;
      most were made good by another.
    </p>
    ${table(['role', 'calls', 'failed attempts', 'prompt tokens', 'of them cached', 'reply tokens', 'money'], rows)}`
}

function armRow({ name, days }: ArmReport): string[] {
  const total = (of: (day: ArmReport['days'][number]) => number) =>
    days.reduce((sum, day) => sum + of(day), 0)
  const lived = total((day) => day.personas)
  const seconds = days.every((day) => day.seconds === null) ? null : total((day) => day.seconds ?? 0)
  return [
    name,
    whole(lived),
    whole(total((day) => day.tokens)),
    dollars(total((day) => day.usd)),
    duration(seconds),
    seconds === null || lived === 0 ? UNDEFINED : duration(seconds / lived),
  ]
}

const isPaid = ({ calls, failures }: Spend): boolean => calls > 0 || failures > 0

function spendRow(label: string, spend: Spend): string[] {
  const { calls, failures, promptTokens, cachedTokens, completionTokens, usd } = spend
  const counts = [calls, failures, promptTokens, cachedTokens, completionTokens].map(whole)
  return [label, ...counts, dollars(usd)]
}
