import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { AttuneError } from '../common/error.js'
import { readCsv } from './read-csv.js'

export const LETTERS = ['A', 'B', 'C', 'D'] as const
export type Letter = (typeof LETTERS)[number]

/** A multiple-choice question with one right answer. */
export interface Question {
  question: string
  /** Of A, B, C and D in turn. */
  choices: readonly [string, string, string, string]
  answer: Letter
}

const text = z.string().trim().min(1)
const choices = z.tuple([text, text, text, text])
const answer = z.union([
  z.enum(LETTERS),
  z
    .int()
    .min(0)
    .max(3)
    .transform((index) => LETTERS[index]!),
])

/** A line of JSON: `choices` as a list (as the Hub's MMLU), or under their letters. */
const line = z.union([
  z.object({ question: text, choices, answer }),
  z
    .object({ question: text, A: text, B: text, C: text, D: text, answer })
    .transform(({ question, A, B, C, D, answer: right }) => ({
      question,
      choices: [A, B, C, D] as Question['choices'],
      answer: right,
    })),
])

/**
 * Reads questions in MMLU's format: CSV with the columns question, A, B, C, D, answer (a first line with these names may
 * stand), or JSON lines (`.jsonl`) `{ question, choices: [4], answer: 0..3 or "A".."D" }`.
 *
 * @throws AttuneError QUESTIONS_INVALID naming file and line
 */
export function loadQuestions(file: string): Question[] {
  const content = read(file)
  const rows = /\.jsonl?$/i.test(file) ? jsonLines(content) : csvLines(content)
  const questions = rows.map(({ value, line: number }) => {
    const parsed = line.safeParse(value)
    if (parsed.success) return parsed.data
    throw invalid(file, 'this is no question with four choices and a right answer', number)
  })
  if (questions.length === 0) throw invalid(file, 'there is no question in this file')
  return questions
}

interface Row {
  value: unknown
  /** In the file, from 1. */
  line: number
}

function jsonLines(content: string): Row[] {
  return content.split('\n').flatMap((each, i): Row[] => {
    if (each.trim() === '') return []
    try {
      return [{ value: JSON.parse(each) as unknown, line: i + 1 }]
    } catch {
      return [{ value: null, line: i + 1 }]
    }
  })
}

function csvLines(content: string): Row[] {
  const rows = readCsv(content)
  const isHeader = rows[0]?.cells[0]?.trim().toLowerCase() === 'question'
  return rows.slice(isHeader ? 1 : 0).map(({ cells, line: number }) => {
    const [question, A, B, C, D, right, ...more] = cells
    const value = { question, A, B, C, D, answer: right?.trim().toUpperCase() }
    return { value: more.length === 0 ? value : null, line: number }
  })
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    throw invalid(file, 'this file of questions cannot be read', undefined, cause)
  }
}

function invalid(file: string, message: string, number?: number, cause?: unknown): AttuneError {
  return new AttuneError('QUESTIONS_INVALID', 'config', message, {
    file,
    key: 'evaluate.questions',
    hint: 'CSV with question, A, B, C, D, answer; or JSON lines with question, choices and answer: docs/checkpoints.md.',
    ...(number !== undefined && { line: number }),
    cause,
  })
}
