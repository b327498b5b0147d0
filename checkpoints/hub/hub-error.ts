import { HubApiError } from '@huggingface/hub'
import { AttuneError } from '../../common/error.js'

/**
 * What went wrong with the Hugging Face Hub, as an AttuneError of kind `io`: HUB_DENIED (401, 403), HUB_CREDITS (402),
 * HUB_NOT_FOUND (404), HUB_REFUSED (other 4xx), HUB_UNREACHABLE (5xx, silence, answers of another shape).
 * @param what that was done, e.g. `push to me/repo`
 */
export function hubError(what: string, cause: unknown): AttuneError {
  if (AttuneError.is(cause)) return cause
  const status = cause instanceof HubApiError ? cause.statusCode : null
  const [code, hint] = verdict(status)
  // the address may be a signed one, and follows what is worth reading
  const said = cause instanceof Error ? (cause.message.split('. URL: ')[0] ?? '').slice(0, 300) : ''
  const message = `the Hub did not do ${what}${status === null ? '' : ` (status ${status})`}: ${said}`
  return new AttuneError(code, 'io', message, { hint, cause })
}

function verdict(status: number | null): [code: string, hint: string] {
  if (status === 401 || status === 403)
    return [
      'HUB_DENIED',
      'Check the token: not expired, and allowed to write to repositories of this account.',
    ]
  if (status === 402) return ['HUB_CREDITS', 'Add credits or storage to the account, then run again.']
  if (status === 404)
    return ['HUB_NOT_FOUND', 'Check the name of the repository, and what the token may see.']
  if (status !== null && status < 500) return ['HUB_REFUSED', 'Correct what the Hub tells, then run again.']
  return ['HUB_UNREACHABLE', 'Run the same command again: what was uploaded is not uploaded twice.']
}
