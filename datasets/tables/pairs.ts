import { Float64, Int32, Int8, type Table, Utf8 } from 'apache-arrow'
import { PAIR_KINDS, type PreferencePair } from '../schema.js'
import * as cell from './cells.js'
import { checkTable } from './check-table.js'
import { column, tableSchema } from './columns.js'
import { rowsOfTable } from './decode.js'
import { type Row, tableOfRows } from './encode.js'

const kindCell = cell.word(PAIR_KINDS)

/** `pairs.parquet`: preference data, one row a pair. The one source of columns, types and their documentation. */
export const pairsSchema = tableSchema('attune-pairs/2', [
  column('system', new Utf8(), 'System message before the prompt; null where there is none.', 'nullable'),
  column('prompt', new Utf8(), 'Prompt of the assistant as the model saw it.'),
  column(
    'chosen',
    new Utf8(),
    'The reply that scored higher, as the model writes it; plain silence is `No Recommendation`.',
  ),
  column(
    'rejected',
    new Utf8(),
    'The reply that scored lower, as the model writes it; plain silence is `No Recommendation`.',
  ),
  column('kind', new Utf8(), '`spoken>spoken`, `silence>spoken` or `spoken>silence`: chosen over rejected.'),
  column('chosen_score', new Int8(), 'Score of the chosen reply, 1 to 4.'),
  column('rejected_score', new Int8(), 'Score of the rejected reply, 0 to 3.'),
  column('margin', new Int8(), 'chosen_score - rejected_score, 1 to 4.'),
  column('persona', new Utf8(), 'Id of the persona who rated.'),
  column('day', new Int32(), 'Day of the run, from 1.'),
  column('step', new Int32(), 'Decision step of the day, from 0.'),
  column(
    'since_delivery',
    new Float64(),
    'Minutes since the last delivery; null before the first of the day.',
    'nullable',
  ),
])

/** The pairs as an Arrow table, in their order. @throws AttuneError TABLE_VALUE_INVALID */
export function pairsToTable(pairs: readonly PreferencePair[]): Table {
  return tableOfRows(pairsSchema, pairs.map(rowOf))
}

/** The pairs of a table. @throws AttuneError TABLE_FORMAT_UNKNOWN, TABLE_FORMAT_VERSION or TABLE_COLUMN_MISSING */
export function tableToPairs(table: Table, file?: string): PreferencePair[] {
  checkTable(table, pairsSchema, file)
  return rowsOfTable(table).map(pairOf)
}

function rowOf(pair: PreferencePair): Row {
  return {
    system: pair.system,
    prompt: pair.prompt,
    chosen: pair.chosen,
    rejected: pair.rejected,
    kind: pair.kind,
    chosen_score: pair.chosenScore,
    rejected_score: pair.rejectedScore,
    margin: pair.chosenScore - pair.rejectedScore,
    persona: pair.persona,
    day: pair.day,
    step: pair.step,
    since_delivery: pair.sinceDelivery,
  }
}

function pairOf(row: Row): PreferencePair {
  return {
    system: cell.textOrNull(row, 'system'),
    prompt: cell.text(row, 'prompt'),
    chosen: cell.text(row, 'chosen'),
    rejected: cell.text(row, 'rejected'),
    kind: kindCell(row, 'kind'),
    chosenScore: cell.number(row, 'chosen_score'),
    rejectedScore: cell.number(row, 'rejected_score'),
    persona: cell.text(row, 'persona'),
    day: cell.number(row, 'day'),
    step: cell.number(row, 'step'),
    sinceDelivery: cell.numberOrNull(row, 'since_delivery'),
  }
}
