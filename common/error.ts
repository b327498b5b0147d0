import { redact } from './redact.js'

const MARKER = Symbol.for('attune.error')

/** Whose fault it was decides the exit code: `usage` and `config` exit with 2, the others with 1. */
export type ErrorKind = 'usage' | 'config' | 'data' | 'io' | 'model' | 'trainer' | 'internal'

export interface ErrorDetails {
  /** What to do about it, one sentence. */
  hint?: string
  /** File in which it was found, as the user named it. */
  file?: string
  /** Dotted key inside the file, e.g. `trainer.beta`. */
  key?: string
  /** Line in the file, from 1. */
  line?: number
  cause?: unknown
  /** Further problems found in the same pass, so that all are told at once. */
  problems?: readonly AttuneError[]
}

/**
 * The one error class of attune. `code` is stable and listed in docs/errors.md.
 *
 * What looks like a secret is taken out of `message`, `hint`, `file` and `key` here, where the text is built.
 */
export class AttuneError extends Error {
  readonly [MARKER] = true
  override readonly name = 'AttuneError'

  readonly details: ErrorDetails

  constructor(
    readonly code: string,
    readonly kind: ErrorKind,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(redact(message), details.cause === undefined ? undefined : { cause: details.cause })
    this.details = withoutSecrets(details)
  }

  /** True for an AttuneError of any copy of this package. */
  static is(value: unknown): value is AttuneError {
    return typeof value === 'object' && value !== null && MARKER in value
  }

  get exitCode(): 1 | 2 {
    return this.kind === 'usage' || this.kind === 'config' ? 2 : 1
  }
}

function withoutSecrets(details: ErrorDetails): ErrorDetails {
  const clean = { ...details }
  for (const field of ['hint', 'file', 'key'] as const) {
    const text = clean[field]
    if (text !== undefined) clean[field] = redact(text)
  }
  return clean
}
