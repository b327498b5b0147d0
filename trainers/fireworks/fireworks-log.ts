import { numbersOf } from '../hosted/numbers-of.js'
import type { TrainingLog } from '../trainer.js'

/**
 * Rows of a metrics file, one JSON object a line. Its format is not documented: what is no such line is left out, since
 * the model stands without it.
 */
export function logOf(file: string): TrainingLog[] {
  return file.split('\n').flatMap((line, i) => {
    const row = parsed(line)
    if (row === null) return []
    const { step = i + 1, ...numbers } = numbersOf(row)
    return Object.keys(numbers).length === 0 ? [] : [{ ...numbers, step }]
  })
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
