import { ROLES } from './call-entry.js'
import type { SpendByRole } from './ledger.js'
import { addSpend, NOTHING_SPENT, type Spend } from './spend.js'

/** Sums role by role; a role that nobody paid for is absent. */
export function sumByRole(spends: readonly SpendByRole[]): SpendByRole {
  const sum: SpendByRole = {}
  for (const role of ROLES) {
    const paid = spends.flatMap((spend) => spend[role] ?? [])
    if (paid.length > 0) sum[role] = paid.reduce(addSpend)
  }
  return sum
}

/** What all roles came to. */
export function totalSpend(spent: SpendByRole): Spend {
  return Object.values(spent).reduce(addSpend, NOTHING_SPENT)
}
