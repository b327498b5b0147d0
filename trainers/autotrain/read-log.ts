import { numbersOf } from '../hosted/numbers-of.js'
import type { TrainingLog } from '../trainer.js'

export interface AutoTrainLog {
  rows: TrainingLog[]
  /** Of the training alone; null: not told. */
  seconds: number | null
  /** The last line that tells of an error. */
  failure: string | null
}

/** The line with the command that starts a training; what failed repeats the command. */
const isStart = (line: string): boolean => line.includes('--training_config') && !line.includes('Error')
const ROW = /(\{'[\s\S]*\})\s*$/

/**
 * What the server's log tells of a project: the rows of its last training, one for each step.
 * @param lines newest first, of all projects, as `GET /ui/logs` gives them
 */
export function readAutoTrainLog(lines: readonly string[], project: string): AutoTrainLog {
  const all = lines.toReversed()
  const start = all.findLastIndex((line) => isStart(line) && line.includes(project))
  if (start < 0) return { rows: [], seconds: null, failure: null }
  const end = all.findIndex((line, i) => i > start && isStart(line))
  const own = all.slice(start + 1, end < 0 ? undefined : end)
  // the server writes what its training process wrote to the same file once more
  const told = own
    .map(rowOf)
    .filter((row) => row !== null)
    .filter((row, i, all) => i === 0 || JSON.stringify(row) !== JSON.stringify(all[i - 1]))
  const rows = told.filter((row) => row['loss'] !== undefined).map((row, i) => ({ ...row, step: i + 1 }))
  const seconds = told.findLast((row) => row['train_runtime'] !== undefined)?.['train_runtime'] ?? null
  const failure =
    own
      .findLast((line) => /\bERROR\b|Error:/.test(line))
      ?.trim()
      .slice(0, 300) ?? null
  return { rows, seconds, failure }
}

/** A dictionary as Python prints it, of numbers only. */
function rowOf(line: string): Record<string, number> | null {
  const [, printed] = ROW.exec(line) ?? []
  if (printed === undefined) return null
  try {
    const value: unknown = JSON.parse(printed.replaceAll("'", '"').replaceAll(/\bnan\b|\b-?inf\b/g, 'null'))
    return typeof value === 'object' && value !== null ? numbersOf({ ...value }) : null
  } catch {
    return null
  }
}
