import { AppendLog } from '../../common/append-log.js'
import { AttuneError } from '../../common/error.js'
import type { GenerateReply } from '../chat-model.js'
import { type CallEntry, type Role, isCallEntry } from './call-entry.js'
import { addSpend, NOTHING_SPENT, type Spend, spendOf } from './spend.js'

/** What calls came to, role by role. */
export type SpendByRole = Partial<Record<Role, Spend>>

/**
 * `calls.jsonl`: every paid reply, written before it is used, and every failed attempt. What an earlier process was
 * answered is found here and never asked for again.
 */
export class CallLedger {
  readonly #replies = new Map<string, GenerateReply>()
  readonly #vectors = new Map<string, string>()
  readonly #spent: SpendByRole = {}

  private constructor(private readonly log: AppendLog<CallEntry>) {
    for (const entry of log.entries) {
      if (entry.type === 'reply') this.#replies.set(entry.key, entry.reply)
      else if (entry.type === 'vector') this.#vectors.set(entry.key, entry.vector)
      this.#count(entry)
    }
  }

  /** @throws AttuneError JOURNAL_CORRUPT, FILE_READ_FAILED, FILE_WRITE_FAILED */
  static async open(path: string): Promise<CallLedger> {
    const log = await AppendLog.open(path, {
      fits: isCallEntry,
      hint: 'Cut the file off before that line: replies below it are asked for again.',
    })
    return new CallLedger(log)
  }

  /** A reply that an earlier process was given. Those of this process are not kept in memory. */
  find(key: string): GenerateReply | undefined {
    return this.#replies.get(key)
  }

  findVector(key: string): string | undefined {
    return this.#vectors.get(key)
  }

  /** @throws AttuneError FILE_WRITE_FAILED, e.g. on a full disk; the reply must then not be used */
  add(entry: CallEntry): void {
    this.log.append(entry)
    this.#count(entry)
  }

  get spent(): SpendByRole {
    return { ...this.#spent }
  }

  close(): Promise<void> {
    return this.log.close()
  }

  #count(entry: CallEntry): void {
    this.#spent[entry.role] = addSpend(this.#spent[entry.role] ?? NOTHING_SPENT, spendOf(entry))
  }
}

/** A ledger that is exchanged as days go by, while models and embedders stay. */
export class LedgerSlot {
  #ledger: CallLedger | null = null

  /** @throws AttuneError LEDGER_CLOSED (kind `internal`) between two days */
  get current(): CallLedger {
    if (this.#ledger) return this.#ledger
    throw new AttuneError('LEDGER_CLOSED', 'internal', 'a model was asked while no ledger was open')
  }

  async open(path: string): Promise<CallLedger> {
    await this.close()
    return (this.#ledger = await CallLedger.open(path))
  }

  async close(): Promise<void> {
    const ledger = this.#ledger
    this.#ledger = null
    await ledger?.close()
  }
}
