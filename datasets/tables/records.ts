import { Bool, Field, Float64, Int16, Int32, Int8, List, Struct, type Table, Utf8 } from 'apache-arrow'
import {
  type CandidateOrigin,
  CRITERIA,
  type RatedCandidate,
  type RatedRecord,
  type Rating,
  scoreOf,
} from '../schema.js'
import { checkTable } from './check-table.js'
import { column, tableSchema } from './columns.js'
import { rowsOfTable } from './decode.js'
import { type Row, tableOfRows } from './encode.js'

const VERDICT_COLUMNS = CRITERIA.map((name) => [name, `${name}_reason`] as const)

const candidate = new Struct([
  column('text', new Utf8(), 'What is said; null is silence.', 'nullable'),
  column(
    'origin',
    new Utf8(),
    '`sampled` freely, or a counterfactual: `spoken` (silence excluded) or `silence`.',
  ),
  column(
    'malformed',
    new Bool(),
    'The reply was neither a recommendation nor silence; `text` is then the raw reply.',
  ),
  column(
    'log_prob',
    new Float64(),
    'Log-probability of the reply in nats, if the model tells it.',
    'nullable',
  ),
  column('score', new Int8(), 'Sum of the four criteria, 0 to 4; null if the rating failed.', 'nullable'),
  ...VERDICT_COLUMNS.flatMap(([name, reason]) => [
    column(
      name,
      new Int8(),
      `Criterion ${name}: 1 holds, 0 does not; null if the rating failed.`,
      'nullable',
    ),
    column(reason, new Utf8(), `Why, in the persona's voice; null if the rating failed.`, 'nullable'),
  ]),
  column('failure', new Utf8(), 'Why there is no rating; null if there is one.', 'nullable'),
])

/** `records.parquet`: one row a decision step. The one source of columns, types and their documentation. */
export const recordsSchema = tableSchema('attune-records/1', [
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
  column('prompt', new Utf8(), 'Prompt of the assistant as the model saw it.'),
  column(
    'candidates',
    new List(new Field('item', candidate, false)),
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
    ...moment,
    prompt: record.prompt,
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

function candidateRow(candidate: RatedCandidate): Row {
  const { text, origin, malformed, logProb, rating, failure } = candidate
  const row: Row = { text, origin, malformed, log_prob: logProb, score: rating && scoreOf(rating), failure }
  for (const [name, reason] of VERDICT_COLUMNS) {
    row[name] = rating?.[name].value
    row[reason] = rating?.[name].reason
  }
  return row
}

function recordOf(row: Row): RatedRecord {
  return {
    moment: {
      persona: row['persona'] as string,
      day: row['day'] as number,
      step: row['step'] as number,
      minute: row['minute'] as number,
      weekday: row['weekday'] as number,
      activity: row['activity'] as string,
      action: row['action'] as string,
      room: row['room'] as string,
    },
    prompt: row['prompt'] as string,
    candidates: (row['candidates'] as Row[]).map(candidateOf),
    delivered: row['delivered'] as number,
    truth:
      row['truth_slot'] === null
        ? null
        : {
            receptive: row['truth_receptive'] as boolean,
            slot: row['truth_slot'] as number,
            served: row['truth_served'] as boolean,
            overdue: row['truth_overdue'] as boolean,
          },
    promptTokens: row['prompt_tokens'] as number,
    completionTokens: row['completion_tokens'] as number,
  }
}

function candidateOf(row: Row): RatedCandidate {
  const candidate = {
    text: row['text'] as string | null,
    origin: row['origin'] as CandidateOrigin,
    malformed: row['malformed'] as boolean,
    logProb: row['log_prob'] as number | null,
  }
  const failure = row['failure'] as string | null
  if (failure !== null) return { ...candidate, rating: null, failure }
  const rating: Partial<Rating> = {}
  for (const [name, reason] of VERDICT_COLUMNS) {
    rating[name] = { value: row[name] as 0 | 1, reason: row[reason] as string }
  }
  return { ...candidate, rating: rating as Rating, failure: null }
}
