import { createRepo, HubApiError } from '@huggingface/hub'
import { AttuneError } from '../../common/error.js'
import { hubError } from './hub-error.js'
import { patientFetch } from './patient-fetch.js'

export const HUB_URL = 'https://huggingface.co'

export interface HubAccess {
  /** Begins with `hf_`. */
  accessToken: string
  /** @default https://huggingface.co */
  hubUrl?: string
  /** Sends each request once; repeats are those of {@link patientFetch}. */
  fetch?: typeof fetch
  /** Further attempts of each request. @default 5 */
  retries?: number
  /** Most of the first wait between two attempts, milliseconds. @default 1000 */
  backoffMs?: number
  signal?: AbortSignal | undefined
}

export interface HubRepo {
  /** `owner/name`. */
  repo: string
  type: 'model' | 'dataset'
  /** A repository that is public already is then refused. @default true */
  private?: boolean
}

/** Access as the functions of `@huggingface/hub` take it, with patience and the signal in its `fetch`. */
export interface HubCalls {
  accessToken: string
  hubUrl: string
  fetch: typeof fetch
}

/** @throws AttuneError HUB_TOKEN_INVALID */
export function hubCalls({ accessToken, hubUrl = HUB_URL, signal, ...patience }: HubAccess): HubCalls {
  const send = patientFetch(patience)
  return {
    accessToken: checkedToken(accessToken),
    hubUrl: hubUrl.replace(/\/+$/, ''),
    fetch: (input, init) => {
      const signals = [signal, init?.signal].filter((one) => one !== null && one !== undefined)
      return send(input, signals.length === 0 ? init : { ...init, signal: AbortSignal.any(signals) })
    },
  }
}

/**
 * Creates a repository unless it stands already.
 * @throws AttuneError HUB_TOKEN_INVALID, HUB_REPO_PUBLIC and those of {@link hubError}; the signal's reason when aborted
 */
export async function ensureRepo(
  { repo, type, private: hidden = true }: HubRepo,
  access: HubAccess,
): Promise<void> {
  const calls = hubCalls(access)
  try {
    await createRepo({ ...calls, repo: { type, name: repo }, visibility: hidden ? 'private' : 'public' })
  } catch (error) {
    access.signal?.throwIfAborted()
    if (!(error instanceof HubApiError) || error.statusCode !== 409) throw hubError(`create ${repo}`, error)
    if (hidden) await refusePublic(repo, type, calls)
  }
}

/** What should stay private is not pushed into a repository that somebody has made public. */
async function refusePublic(
  repo: string,
  type: HubRepo['type'],
  { accessToken, hubUrl, fetch: send }: HubCalls,
): Promise<void> {
  const url = `${hubUrl}/api/${type}s/${repo}`
  const hidden = await send(url, { headers: { authorization: `Bearer ${accessToken}` } })
    .then(async (response) => {
      if (!response.ok) throw new HubApiError(url, response.status, undefined, `${repo} cannot be seen`)
      return ((await response.json()) as { private?: unknown }).private
    })
    .catch((error: unknown) => {
      throw hubError(`look at ${repo}`, error)
    })
  if (hidden === true) return
  throw new AttuneError('HUB_REPO_PUBLIC', 'io', `${repo} on the Hub is public; nothing was pushed`, {
    hint: 'Make that repository private in its settings, or push to another one.',
  })
}

function checkedToken(token: string): string {
  if (/^hf_\S+$/.test(token.trim())) return token.trim()
  throw new AttuneError('HUB_TOKEN_INVALID', 'config', 'this is no access token of Hugging Face', {
    hint: 'Tokens begin with hf_: make one at https://huggingface.co/settings/tokens.',
  })
}
