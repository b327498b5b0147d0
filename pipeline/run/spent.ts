import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Cost } from '../../models/calls/budget.js'
import type { SpendByRole } from '../../models/calls/ledger.js'
import { readLedger } from '../../models/calls/read-ledger.js'
import { addSpend, NOTHING_SPENT, spendOf } from '../../models/calls/spend.js'
import { totalSpend } from '../../models/calls/spend-by-role.js'

/** What the paid calls came to so far, role by role, from every `calls.jsonl` below the folders. */
export async function spentSoFar(folders: readonly string[]): Promise<SpendByRole> {
  const spent: SpendByRole = {}
  for (const file of folders.flatMap(ledgersBelow)) {
    for (const entry of await readLedger(file))
      spent[entry.role] = addSpend(spent[entry.role] ?? NOTHING_SPENT, spendOf(entry))
  }
  return spent
}

/** The same as a budget counts it. */
export function costOf(spent: SpendByRole): { calls: number } & Cost {
  const { calls, promptTokens, completionTokens, usd } = totalSpend(spent)
  return { calls, tokens: promptTokens + completionTokens, usd }
}

function ledgersBelow(root: string): string[] {
  if (!existsSync(root)) return []
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'calls.jsonl')
    .map((entry) => join(entry.parentPath, entry.name))
}
