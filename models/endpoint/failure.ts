import { redact } from '../../common/redact.js'

/** An answer that cannot be used though the server says all is well: cut off, no JSON, no choices. */
export class UnusableAnswer extends Error {}

const RETRIED = new Set([408, 409, 425, 429])

/**
 * Said with a status that sounds passing: an empty account at OpenAI (429), fields llama.cpp does not take (500), an
 * adapter that SGLang does not have (500).
 */
const LASTING =
  /insufficient_quota|only one completion choice|unsupported param|lora adapters are not loaded/i

/** True for a status after which the same request may succeed later. */
export function mayPass(status: number, text: string | undefined): boolean {
  if (text !== undefined && LASTING.test(text)) return false
  return RETRIED.has(status) || status >= 500
}

/** What a server said in the body of an error, whichever shape it gave it, at most 500 characters. */
export function wordsOf(text: string | undefined): string {
  if (text === undefined || text.trim() === '') return ''
  try {
    return said(JSON.parse(text)).slice(0, 500)
  } catch {
    return text
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim()
      .slice(0, 500)
  }
}

function said(body: unknown): string {
  if (typeof body === 'string') return body
  if (Array.isArray(body)) return body.map(said).join('; ')
  if (typeof body !== 'object' || body === null) return ''
  const { error, message, detail, msg, loc } = body as Record<string, unknown>
  if (typeof msg === 'string') return Array.isArray(loc) ? `${loc.join('.')}: ${msg}` : msg
  const words = said(error) || said(message) || said(detail)
  return words === '' ? JSON.stringify(body) : words
}

/** What a connection failed of, e.g. `fetch failed: connect ECONNREFUSED 127.0.0.1:8000`. */
export function connectionWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : connectionWords(error.cause)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const own = error.message === '' ? code : error.message
  return cause === '' ? own : `${own}: ${cause}`
}

/** Takes a key out of a text, also one that looks like no secret; below 4 characters it is none. */
export function hideKey(text: string, key = ''): string {
  return redact(key.length < 4 ? text : text.replaceAll(key, '[hidden]'))
}
