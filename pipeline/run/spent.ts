import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ioError } from '../../common/files.js'
import { isCallEntry } from '../../models/calls/call-entry.js'
import { addSpend, NOTHING_SPENT, type Spend, spendOf } from '../../models/calls/spend.js'

/** What the paid calls of a run came to so far, from every `calls.jsonl` below its folder. */
export async function spentSoFar(root: string): Promise<Spend> {
  let total: Spend = NOTHING_SPENT
  for (const file of ledgersBelow(root)) {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw ioError('read', file, cause)
    })
    for (const line of text.split('\n')) {
      const entry = entryOf(line)
      if (entry) total = addSpend(total, spendOf(entry))
    }
  }
  return total
}

function ledgersBelow(root: string): string[] {
  if (!existsSync(root)) return []
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'calls.jsonl')
    .map((entry) => join(entry.parentPath, entry.name))
}

/** A torn last line, left by a crash, is not counted: its reply is asked for again. */
function entryOf(line: string) {
  try {
    const value: unknown = JSON.parse(line)
    return isCallEntry(value) ? value : null
  } catch {
    return null
  }
}
