import { openAsBlob } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { commit, createRepo, HubApiError } from '@huggingface/hub'
import { AttuneError } from '../../common/error.js'
import { ioError } from '../../common/files.js'
import { hubError } from './hub-error.js'
import { patientFetch } from './patient-fetch.js'

export const HUB_URL = 'https://huggingface.co'

/** A file of a repository: its path there, with `/`, and what stands in it. */
export interface PushedFile {
  path: string
  content: Blob
}

export interface PushOptions {
  /** `owner/name`. Created when it does not exist. */
  repo: string
  type: 'model' | 'dataset'
  /** Folder whose files are pushed, hidden ones and links left out; or `files`. */
  folder?: string
  files?: readonly PushedFile[]
  /** A repository that is public already is then refused. @default true */
  private?: boolean
  /** Of the commit, one line. */
  message: string
  /** Begins with `hf_`. */
  accessToken: string
  /** @default https://huggingface.co */
  hubUrl?: string
  /** Sends each request once; repeats are {@link patientFetch}'s. */
  fetch?: typeof fetch
  /** Further attempts of each request. @default 5 */
  retries?: number
  signal?: AbortSignal | undefined
}

/**
 * Pushes files to a repository of the Hugging Face Hub as one commit on `main`, large ones by LFS. Files that stand there
 * and are not pushed stay. Doing it twice does no harm: contents are known by their hashes.
 *
 * @returns address of the repository, and the commit's hash
 * @throws AttuneError HUB_TOKEN_INVALID, HUB_REPO_PUBLIC, FILE_READ_FAILED and those of {@link hubError}; the signal's
 *   reason when aborted
 */
export async function pushFolder(options: PushOptions): Promise<{ url: string; commit: string }> {
  const { repo, type, accessToken, message, signal } = options
  const hubUrl = (options.hubUrl ?? HUB_URL).replace(/\/+$/, '')
  const files = [...(options.files ?? []), ...(options.folder ? await filesIn(options.folder) : [])]
  const send = patientFetch(options)
  const withSignal = signal
    ? (((input, init) =>
        send(input, { ...init, signal: AbortSignal.any([signal, ...signalOf(init)]) })) as typeof fetch)
    : send
  const common = {
    repo: { type, name: repo },
    accessToken: checkedToken(accessToken),
    hubUrl,
    fetch: withSignal,
  }
  try {
    await createPrivate({ ...common, isPrivate: options.private ?? true })
    const operations = files.map((file) => ({ operation: 'addOrUpdate' as const, ...file }))
    // plain LFS: a large file is then one request that can be sent again
    const made = await commit({ ...common, title: message, operations, useXet: false })
    if (!made) throw new TypeError('no commit was told')
    return { url: `${hubUrl}/${type === 'dataset' ? 'datasets/' : ''}${repo}`, commit: made.commit.oid }
  } catch (error) {
    signal?.throwIfAborted()
    throw hubError(`push to ${repo}`, error)
  }
}

interface Creation {
  repo: { type: 'model' | 'dataset'; name: string }
  isPrivate: boolean
  accessToken: string
  hubUrl: string
  fetch: typeof fetch
}

async function createPrivate({ isPrivate, ...given }: Creation): Promise<void> {
  try {
    await createRepo({ ...given, visibility: isPrivate ? 'private' : 'public' })
  } catch (error) {
    if (!(error instanceof HubApiError) || error.statusCode !== 409) throw error
    if (isPrivate) await refusePublic(given)
  }
}

/** What should stay private is not pushed into a repository that somebody has made public. */
async function refusePublic({ repo, accessToken, hubUrl, fetch: send }: Omit<Creation, 'isPrivate'>) {
  const url = `${hubUrl}/api/${repo.type}s/${repo.name}`
  const response = await send(url, { headers: { authorization: `Bearer ${accessToken}` } })
  if (!response.ok) throw new HubApiError(url, response.status, undefined, `${repo.name} cannot be seen`)
  const { private: hidden } = (await response.json()) as { private?: unknown }
  if (hidden === true) return
  throw new AttuneError('HUB_REPO_PUBLIC', 'io', `${repo.name} on the Hub is public; nothing was pushed`, {
    hint: 'Make that repository private in its settings, or push to another one.',
  })
}

function signalOf(init: RequestInit | undefined): AbortSignal[] {
  return init?.signal ? [init.signal] : []
}

function checkedToken(token: string): string {
  if (/^hf_\S+$/.test(token.trim())) return token.trim()
  throw new AttuneError('HUB_TOKEN_INVALID', 'config', 'this is no access token of Hugging Face', {
    hint: 'Tokens begin with hf_: make one at https://huggingface.co/settings/tokens.',
  })
}

async function filesIn(folder: string): Promise<PushedFile[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true })
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .filter((path) => !path.split(sep).some((part) => part.startsWith('.')))
      .toSorted()
    return await Promise.all(
      paths.map(async (path) => ({
        path: path.split(sep).join('/'),
        content: await openAsBlob(join(folder, path)),
      })),
    )
  } catch (cause) {
    throw ioError('read', folder, cause)
  }
}
