import { isDeepStrictEqual } from 'node:util'
import { AppendLog } from '../common/append-log.js'
import type { Moment, RatedRecord } from '../datasets/schema.js'

/** The journal of a day under way: one line for each step that was lived. */
export type Journal = AppendLog<RatedRecord>

/**
 * Opens the journal of a day, or begins it.
 *
 * @param moments of the day's plan: each line has to be the record of that step
 * @throws AttuneError JOURNAL_CORRUPT, FILE_READ_FAILED, FILE_WRITE_FAILED
 */
export function openJournal(path: string, moments: readonly Moment[]): Promise<Journal> {
  return AppendLog.open(path, {
    // else of another day, or written twice by a worker that outlived its run for a moment
    fits: (value, i): value is RatedRecord => isRecord(value) && isDeepStrictEqual(value.moment, moments[i]),
    hint: "Delete that day's folder and run again: the run repeats only that day.",
  })
}

/** Enough to tell a record from other JSON: we wrote the line, or nobody did. */
function isRecord(value: unknown): value is RatedRecord {
  return typeof value === 'object' && value !== null && 'moment' in value && 'candidates' in value
}
