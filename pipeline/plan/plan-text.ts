import { folded } from '../report/fold.js'
import { duration, whole } from '../report/format-figure.js'
import type { Costs, Estimate } from './document.js'

/** Widths of the columns of model names, counts and money. */
const [MODEL, COUNT, MONEY] = [30, 14, 10]

/** An estimate as a person reads it, at most 100 columns wide. Ends without a line break. */
export function planText(plan: Estimate): string {
  const { run, personas, days, arms, references, whole: all, spent, left } = plan
  const blocks = [
    prose(
      `${run}: ${several(personas, 'persona')}, ${several(days, 'day')}, ${several(arms.length, 'arm')} (${arms.join(', ')}), ${several(references.length, 'reference')}.`,
    ),
  ]
  if (all.roles.length === 0) {
    blocks.push('Nothing is paid for: no role is a model behind an endpoint.')
    return [...blocks, ...uncountedText(plan)].join('\n\n')
  }
  blocks.push(table(spent ? 'The whole run' : '', all), partsText(plan), noteText(plan))
  if (spent) {
    blocks.push(
      prose(
        `Spent so far: ${whole(spent.calls)} calls, ${whole(spent.promptTokens)} prompt and ${whole(spent.replyTokens)} reply tokens, ${usd(spent.usd)} USD.`,
      ),
      left.total.calls === 0 ? 'Nothing is left to ask for.' : table('Left to do', left),
    )
  }
  blocks.push(budgetText(plan), timeText(plan), ...uncountedText(plan))
  return blocks.filter(Boolean).join('\n\n')
}

function table(title: string, { roles, total }: Costs): string {
  const names = roles.map(({ role, entry, model }) => [role, entry === model ? model : `${entry} (${model})`])
  const model = Math.min(MODEL, Math.max(5, ...names.map(([, name]) => name!.length)))
  const line = (role: string, name: string, figures: readonly string[]): string => {
    const short = name.length > model ? `${name.slice(0, model - 1)}…` : name
    return `${role.padEnd(9)} ${short.padEnd(model)}${figures.map((text, i) => text.padStart(i > 2 ? MONEY : COUNT)).join('')}`
  }
  const cells = ({ calls, promptTokens, replyTokens, usd: money, usdLongest }: Costs['total']): string[] => [
    ...[calls, promptTokens, replyTokens].map(whole),
    usd(money),
    usd(usdLongest),
  ]
  return [
    ...(title ? [title] : []),
    line('role', 'model', ['calls', 'prompt tok.', 'reply tok.', 'USD', 'longest']),
    ...roles.map((row, i) => line(row.role, names[i]![1]!, row.priced ? cells(row) : unpriced(cells(row)))),
    ...(roles.length > 1 ? [line('total', '', cells(total))] : []),
  ].join('\n')
}

const unpriced = (cells: readonly string[]): string[] => [...cells.slice(0, 3), 'no price', '']

function partsText({ parts }: Estimate): string {
  const paid = parts.filter(({ calls }) => calls > 0)
  if (paid.length < 2) return ''
  const name = ({ kind, name: own }: Estimate['parts'][number]): string =>
    kind === 'plans' ? 'plans of the days' : `${kind} ${own}`
  const told = paid.map((part) => `${name(part)} ${whole(part.calls)} calls, ${usd(part.usd)} USD`)
  return prose(`Of this: ${told.join('; ')}.`)
}

function noteText({ sampled, assumed, whole: all }: Estimate): string {
  const { speaks, hoursAwake, tokenizers } = assumed
  const counted = Object.entries(tokenizers).map(([entry, folder]) =>
    folder === null ? `${entry} 4 characters a token` : `${entry} by ${folder}`,
  )
  const lived = sampled.days === 1 ? 'one day' : `${sampled.days} days`
  const hours = hoursAwake === null ? '' : `, days have ${hoursAwake} hours`
  return [
    `Counted from ${lived} of ${sampled.personas.join(', ')}, lived with pretended replies; nothing was called.`,
    `Assumed: the assistant speaks in ${Number((100 * speaks).toFixed(1))} % of its replies (--speaks)${hours}, no prompt is cached, no reply has to be asked for again.`,
    '"longest" is the price if every reply were as long as allowed.',
    `Tokens: ${counted.join('; ')}.`,
    ...(all.roles.some(({ priced }) => !priced)
      ? ['Models without `price` are counted, and cost nothing here.']
      : []),
  ]
    .map(prose)
    .join('\n')
}

function budgetText({ budget }: Estimate): string {
  const { stops, ...caps } = budget
  const set = Object.entries(caps).filter(([, cap]) => cap !== null)
  if (set.length === 0) return 'Budget: none. `budget.usd`, `.calls` or `.tokens` would cap the run.'
  const told = `Budget: ${set.map(([cap, value]) => (cap === 'usd' ? `${usd(value!)} USD` : `${whole(value!)} ${cap}`)).join(', ')}`
  if (!stops) return `${told}: it holds.`
  return prose(
    `${told}: the run stops cleanly before budget.${stops.by} is passed, about on day ${stops.day}, after ${whole(stops.done)} of ${whole(stops.of)} persona-days. Raise it then, and the same command goes on.`,
  )
}

function timeText({ time }: Estimate): string {
  if (!time) return ''
  const limits = time.limits.map(
    ({ entry, by, seconds }) => `  ${`${entry}, ${by}`.padEnd(44)} ${duration(seconds)}`,
  )
  return [
    `Time: at least ${duration(time.atLeastSeconds)}, the longest of these, if calls take their \`latencySeconds\`:`,
    `  ${'calls that follow one another'.padEnd(44)} ${duration(time.criticalPathSeconds)}`,
    `  ${`the same, ${several(time.lanes, 'persona')} lived at once`.padEnd(44)} ${duration(time.lanesSeconds)}`,
    ...limits,
  ].join('\n')
}

function uncountedText({ uncounted }: Estimate): string[] {
  return uncounted.length === 0 ? [] : [prose(`In no figure: ${uncounted.join('; ')}.`)]
}

const prose = (text: string): string => folded(text).join('\n')

const usd = (value: number): string => value.toFixed(value > 0 && value < 1 ? 4 : 2)

const several = (count: number, what: string): string => `${whole(count)} ${what}${count === 1 ? '' : 's'}`
