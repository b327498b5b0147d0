import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Cost } from '../../models/calls/budget.js'
import type { Role } from '../../models/calls/call-entry.js'
import type { SpendByRole } from '../../models/calls/ledger.js'
import { readLedger } from '../../models/calls/read-ledger.js'
import { addSpend, NOTHING_SPENT, type Spend, spendOf } from '../../models/calls/spend.js'
import { totalSpend } from '../../models/calls/spend-by-role.js'

const jobResult = z.object({ usd: z.number().nullish() })

/**
 * What was paid so far, role by role, from every `calls.jsonl` below the folders, and, as role `trainer`, from every
 * `job-result.json`.
 */
export async function spentSoFar(folders: readonly string[]): Promise<SpendByRole> {
  const spent: SpendByRole = {}
  const add = (role: Role, more: Spend): void => {
    spent[role] = addSpend(spent[role] ?? NOTHING_SPENT, more)
  }
  for (const file of folders.flatMap((folder) => filesBelow(folder, 'calls.jsonl')))
    for (const entry of await readLedger(file)) add(entry.role, spendOf(entry))
  for (const file of folders.flatMap((folder) => filesBelow(folder, 'job-result.json'))) {
    const { usd } = jobResult.parse(JSON.parse(await readFile(file, 'utf8')))
    // absent for what was trained here
    if (usd !== undefined) add('trainer', { ...NOTHING_SPENT, calls: 1, usd: usd ?? 0 })
  }
  return spent
}

/** The same as a budget counts it. */
export function costOf(spent: SpendByRole): { calls: number } & Cost {
  const { calls, promptTokens, completionTokens, usd } = totalSpend(spent)
  return { calls, tokens: promptTokens + completionTokens, usd }
}

function filesBelow(root: string, name: string): string[] {
  if (!existsSync(root)) return []
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === name)
    .map((entry) => join(entry.parentPath, entry.name))
}
