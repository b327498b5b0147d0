import { type ErrorJson, errorToJson } from './error-to-json.js'

const UNEXPECTED = 'This is a defect of attune: please report it with the command and the configuration.'

/**
 * An error as a person reads it on stderr: one block a problem, `file:line  key  message`, then its hint.
 * No stack traces and no secrets. Ends without a line break.
 */
export function formatError(error: unknown): string {
  const told = errorToJson(error)
  if (told.code === 'INTERNAL') return `error: ${told.message}\n  hint: ${UNEXPECTED}\n  code: INTERNAL`
  const problems = told.problems ?? []
  if (problems.length === 0) return `error: ${block(told)}\n  code: ${told.code}`
  const head = `error: ${place(told)}${told.message}`
  const foot = [...(told.hint === undefined ? [] : [`  hint: ${told.hint}`]), `  code: ${told.code}`]
  return [head, '', ...problems.flatMap((problem) => [block(problem), '']), ...foot].join('\n')
}

function block(problem: ErrorJson): string {
  const lines = [`${place(problem)}${problem.message}`]
  if (problem.cause !== undefined && !problem.message.includes(problem.cause))
    lines.push(`  cause: ${problem.cause}`)
  if (problem.hint !== undefined) lines.push(`  hint: ${problem.hint}`)
  for (const inner of problem.problems ?? []) lines.push(block(inner).replaceAll(/^/gm, '  '))
  return lines.join('\n')
}

function place({ file, line, key }: ErrorJson): string {
  const where = file === undefined ? undefined : line === undefined ? file : `${file}:${line}`
  // An option and its key are read as one, as they were typed.
  const parts = where === '--set' && key !== undefined ? [`--set ${key}`] : [where, key]
  return parts.flatMap((part) => (part === undefined || part === '' ? [] : [`${part}  `])).join('')
}
