import { AttuneError } from '../common/error.js'

/** CONFIG_INVALID around all problems of one pass, in the order of the file; `file` is the file they were found in. */
export function invalid(problems: readonly AttuneError[], file?: string): AttuneError {
  const sorted = problems.toSorted((a, b) => (a.details.line ?? Infinity) - (b.details.line ?? Infinity) || 0)
  const count = sorted.length === 1 ? 'one problem' : `${sorted.length} problems`
  return new AttuneError('CONFIG_INVALID', 'config', `the configuration has ${count}`, {
    ...(file !== undefined && { file }),
    problems: sorted,
  })
}
