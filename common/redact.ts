const HIDDEN = '[hidden]'

/** Each pattern keeps its first group, which says what kind of secret stood there. */
const SECRETS: readonly RegExp[] = [
  /\b(hf_)(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{4,}/g,
  /\b(hf_)[A-Za-z0-9]{10,}/g,
  /\b(sk-)[A-Za-z0-9_-]{8,}/g,
  /\b(tgp_v1_|gh[opsru]_|github_pat_|xai-|gsk_|r8_)[A-Za-z0-9_-]{8,}/g,
  /\b(Bearer\s+|Basic\s+)[A-Za-z0-9._~+/=-]{6,}/gi,
  /\b(authorization["']?\s*[:=]\s*["']?)(?!Bearer\b|Basic\b)[^\s"',;]{6,}/gi,
  /((?:\b|_)(?:api[_-]?key|access[_-]?token|auth[_-]?token|secret|password|token)["']?\s*=\s*["']?)[^\s"'&,;)]{6,}/gi,
  /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+(?=@)/gi,
]

/**
 * Text with everything that looks like a secret replaced: Hugging Face, OpenAI-style, Together and
 * GitHub tokens, `Authorization` headers, `key=`/`token=` parameters and passwords inside URLs.
 */
export function redact(text: string): string {
  return SECRETS.reduce((clean, pattern) => clean.replace(pattern, `$1${HIDDEN}`), text)
}
