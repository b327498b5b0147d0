import { Bool, Field, Float64, Int16, Int32, Int8, List, Struct, type Table, Utf8 } from 'apache-arrow'
import {
  CANDIDATE_ORIGINS,
  type MomentTruth,
  type RatedCandidate,
  type RatedRecord,
  scoreOf,
} from '../schema.js'
import * as cell from './cells.js'
import { checkTable } from './check-table.js'
import { column, tableSchema } from './columns.js'
import { rowsOfTable } from './decode.js'
import { type Row, tableOfRows } from './encode.js'
import { ratingColumns, ratingOfRow } from './rating-columns.js'

const originCell = cell.word(CANDIDATE_ORIGINS)

const candidateType = new Struct([
  column('text', new Utf8(), 'What is said; null is silence.', 'nullable'),
  column(
    'origin',
    new Utf8(),
    '`sampled` freely, or a counterfactual: `spoken` (silence excluded), `silence`, or the user’s `revision`.',
  ),
  column(
    'malformed',
    new Bool(),
    'The reply was neither a recommendation nor silence; `text` is then the raw reply.',
  ),
  column(
    'reply',
    new Utf8(),
    'The reply as the model writes it; null where it is the text itself.',
    'nullable',
  ),
  column(
    'log_prob',
    new Float64(),
    'Log-probability of the reply in nats, if the model tells it.',
    'nullable',
  ),
  ...ratingColumns,
])

/** `records.parquet`: one row a decision step. The one source of columns, types and their documentation. */
export const recordsSchema = tableSchema('attune-records/2', [
  column('persona', new Utf8(), 'Id of the persona.'),
  column('day', new Int32(), 'Day of the run, from 1.'),
  column('step', new Int32(), 'Decision step of the day while awake, from 0.'),
  column(
    'minute',
    new Float64(),
    'Simulated minutes since midnight of the day; beyond 1440 after the next midnight.',
  ),
  column('weekday', new Int8(), 'Day of the week, 0 is Monday.'),
  column('activity', new Utf8(), 'Name of the current activity.'),
  column('action', new Utf8(), 'What is being done, in words.'),
  column('room', new Utf8(), 'Where it is done.'),
  column('system', new Utf8(), 'System message of the assistant; null for models without one.', 'nullable'),
  column('prompt', new Utf8(), 'Prompt of the assistant as the model saw it.'),
  column('asked', new Bool(), 'The user asked to be spoken to at this step.'),
  column(
    'candidates',
    new List(new Field('item', candidateType, false)),
    'All candidates of the step, in the order asked for.',
  ),
  column('delivered', new Int16(), 'Index in `candidates` of the one that reached the user.'),
  column(
    'truth_receptive',
    new Bool(),
    'Whether the user would welcome a recommendation now; null if unknown.',
    'nullable',
  ),
  column(
    'truth_slot',
    new Int32(),
    'Wished slot of the moment, -1 outside of all; null if unknown.',
    'nullable',
  ),
  column(
    'truth_served',
    new Bool(),
    'The slot had been served before this step; null if unknown.',
    'nullable',
  ),
  column(
    'truth_overdue',
    new Bool(),
    'The later half of the slot passes unserved; null if unknown.',
    'nullable',
  ),
  column('prompt_tokens', new Int32(), 'Tokens read by the assistant at this step.'),
  column('completion_tokens', new Int32(), 'Tokens written by the assistant at this step.'),
])

/** The records as an Arrow table, in their order. @throws AttuneError TABLE_VALUE_INVALID */
export function recordsToTable(records: readonly RatedRecord[]): Table {
  return tableOfRows(recordsSchema, records.map(rowOf))
}

/** The records of a table. @throws AttuneError TABLE_FORMAT_UNKNOWN, TABLE_FORMAT_VERSION or TABLE_COLUMN_MISSING */
export function tableToRecords(table: Table, file?: string): RatedRecord[] {
  checkTable(table, recordsSchema, file)
  return rowsOfTable(table).map(recordOf)
}

function rowOf(record: RatedRecord): Row {
  const { moment, truth } = record
  return {
    persona: moment.persona,
    day: moment.day,
    step: moment.step,
    minute: moment.minute,
    weekday: moment.weekday,
    activity: moment.activity,
    action: moment.action,
    room: moment.room,
    system: record.system,
    prompt: record.prompt,
    asked: record.asked,
    candidates: record.candidates.map(candidateRow),
    delivered: record.delivered,
    truth_receptive: truth?.receptive,
    truth_slot: truth?.slot,
    truth_served: truth?.served,
    truth_overdue: truth?.overdue,
    prompt_tokens: record.promptTokens,
    completion_tokens: record.completionTokens,
  }
}

/** One literal, as in `rowOf`: objects grown key by key take several times as long to make and to read. */
function candidateRow({ text, origin, malformed, reply, logProb, rating, failure }: RatedCandidate): Row {
  return {
    text,
    origin,
    malformed,
    reply,
    log_prob: logProb,
    score: rating === null ? null : scoreOf(rating),
    preference: rating?.preference.value,
    preference_reason: rating?.preference.reason,
    timing: rating?.timing.value,
    timing_reason: rating?.timing.reason,
    frequency: rating?.frequency.value,
    frequency_reason: rating?.frequency.reason,
    communication: rating?.communication.value,
    communication_reason: rating?.communication.reason,
    failure,
  }
}

function recordOf(row: Row): RatedRecord {
  return {
    moment: {
      persona: cell.text(row, 'persona'),
      day: cell.number(row, 'day'),
      step: cell.number(row, 'step'),
      minute: cell.number(row, 'minute'),
      weekday: cell.number(row, 'weekday'),
      activity: cell.text(row, 'activity'),
      action: cell.text(row, 'action'),
      room: cell.text(row, 'room'),
    },
    system: cell.textOrNull(row, 'system'),
    prompt: cell.text(row, 'prompt'),
    asked: cell.flag(row, 'asked'),
    candidates: cell.rows(row, 'candidates').map(candidateOf),
    delivered: cell.number(row, 'delivered'),
    truth: row['truth_slot'] === null ? null : truthOf(row),
    promptTokens: cell.number(row, 'prompt_tokens'),
    completionTokens: cell.number(row, 'completion_tokens'),
  }
}

function truthOf(row: Row): MomentTruth {
  return {
    receptive: cell.flag(row, 'truth_receptive'),
    slot: cell.number(row, 'truth_slot'),
    served: cell.flag(row, 'truth_served'),
    overdue: cell.flag(row, 'truth_overdue'),
  }
}

function candidateOf(row: Row): RatedCandidate {
  const candidate = {
    text: cell.textOrNull(row, 'text'),
    origin: originCell(row, 'origin'),
    malformed: cell.flag(row, 'malformed'),
    reply: cell.textOrNull(row, 'reply'),
    logProb: cell.numberOrNull(row, 'log_prob'),
  }
  return { ...candidate, ...ratingOfRow(row) }
}
