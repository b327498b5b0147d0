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
 * Never put a secret into `message` or `details`: both are printed and logged as they are.
 */
export class AttuneError extends Error {
  readonly [MARKER] = true
  override readonly name = 'AttuneError'

  constructor(
    readonly code: string,
    readonly kind: ErrorKind,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
  }

  /** True for an AttuneError of any copy of this package. */
  static is(value: unknown): value is AttuneError {
    return typeof value === 'object' && value !== null && MARKER in value
  }

  get exitCode(): 1 | 2 {
    return this.kind === 'usage' || this.kind === 'config' ? 2 : 1
  }
}
