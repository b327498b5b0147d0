import { existsSync } from 'node:fs'
import type { RunConfig } from '../../configs/schema.js'
import type { CallEntry } from '../../models/calls/call-entry.js'
import { spendOf, usdOf } from '../../models/calls/spend.js'
import { readLedger } from '../../models/calls/read-ledger.js'
import { type Row, sumRows } from './day-cost.js'

/**
 * What stands in a ledger of a dry run, role by role; nothing where there is no file.
 *
 * @param longest most reply tokens of each call, by its key
 * @throws AttuneError of kind `io`
 */
export async function paidRows(
  file: string,
  models: RunConfig['models'],
  longest: ReadonlyMap<string, number>,
): Promise<Row[]> {
  const entries = existsSync(file) ? await readLedger(file) : []
  return sumRows(
    entries.filter(({ type }) => type !== 'failure').map((entry) => rowOf(entry, models, longest)),
  )
}

function rowOf(entry: CallEntry, models: RunConfig['models'], longest: ReadonlyMap<string, number>): Row {
  const { role, model, key } = entry
  const { price, severalReplies } = models[model]!
  const { promptTokens, completionTokens } = spendOf(entry)
  const longestTokens = longest.get(key) ?? 0
  const usd = (completionTokens: number): number =>
    usdOf({ promptTokens, cachedTokens: 0, completionTokens }, price)
  return {
    role,
    entry: model,
    calls: 1,
    requests: entry.type === 'reply' && !severalReplies ? entry.reply.choices.length : 1,
    promptTokens,
    replyTokens: completionTokens,
    longestTokens,
    usd: usd(completionTokens),
    usdLongest: usd(longestTokens),
  }
}
