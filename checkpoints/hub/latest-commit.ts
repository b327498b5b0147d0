import { HubApiError } from '@huggingface/hub'
import { type HubAccess, hubCalls } from './ensure-repo.js'
import { hubError } from './hub-error.js'

/**
 * The commit at which `main` of a model repository stands, 40 hex digits.
 * @throws AttuneError HUB_TOKEN_INVALID and those of {@link hubError}; the signal's reason when aborted
 */
export async function latestCommit(repo: string, access: HubAccess): Promise<string> {
  const { hubUrl, accessToken, fetch: send } = hubCalls(access)
  const url = `${hubUrl}/api/models/${repo}/revision/main`
  try {
    const response = await send(url, { headers: { authorization: `Bearer ${accessToken}` } })
    if (!response.ok) throw new HubApiError(url, response.status, undefined, `${repo} cannot be seen`)
    const { sha } = (await response.json()) as { sha?: unknown }
    if (typeof sha !== 'string') throw new TypeError('no commit was told')
    return sha
  } catch (error) {
    access.signal?.throwIfAborted()
    throw hubError(`look at ${repo}`, error)
  }
}
