import { AttuneError } from './error.js'
import { redact } from './redact.js'

/** An error as `--json` prints it. Fields may be added, never changed. */
export interface ErrorJson {
  /** Stable code of docs/errors.md; `INTERNAL` for an error that attune did not expect. */
  code: string
  kind: string
  message: string
  hint?: string
  file?: string
  key?: string
  line?: number
  /** Message of the error below, without its stack. */
  cause?: string
  problems?: ErrorJson[]
}

/** Any thrown value as plain data: no stack, no secrets, never throws. */
export function errorToJson(error: unknown): ErrorJson {
  if (!AttuneError.is(error)) return { code: 'INTERNAL', kind: 'internal', message: messageOf(error) }
  const { hint, file, key, line, cause, problems } = error.details
  return {
    code: error.code,
    kind: error.kind,
    message: redact(error.message),
    ...(hint !== undefined && { hint }),
    ...(file !== undefined && { file }),
    ...(key !== undefined && { key }),
    ...(line !== undefined && { line }),
    ...(cause !== undefined && { cause: messageOf(cause) }),
    ...(problems !== undefined && problems.length > 0 && { problems: problems.map(errorToJson) }),
  }
}

function messageOf(error: unknown): string {
  try {
    return redact(error instanceof Error ? error.message || error.name : String(error))
  } catch {
    return 'a value that cannot be shown was thrown'
  }
}
