import type { z } from 'zod'
import { invalid } from './invalid.js'
import { keyOf, problemsOf, toError } from './problems.js'
import { schemaTree } from './schema-node.js'
import { readYaml } from './yaml-source.js'

/**
 * Reads a YAML file and checks it against a zod schema.
 *
 * Throws CONFIG_FILE_MISSING or CONFIG_FILE_UNREADABLE, and otherwise one CONFIG_INVALID whose
 * `details.problems` holds every problem of the file with its key, line, what was expected and what was found.
 */
export function loadYaml<S extends z.ZodType>(file: string, schema: S): z.output<S> {
  const source = readYaml(file)
  if (source.value === undefined && source.problems.length > 0) throw invalid(source.problems, file)
  const result = schema.safeParse(source.value ?? undefined)
  const found = result.success
    ? []
    : problemsOf(result.error.issues, schemaTree(schema), source.value ?? undefined)
  const problems = [
    ...source.problems,
    ...found.map((problem) => {
      const line = source.lineOf(problem.path)
      return toError(problem, { file, key: keyOf(problem.path), ...(line !== undefined && { line }) })
    }),
  ]
  if (!result.success || problems.length > 0) throw invalid(problems, file)
  return result.data
}
