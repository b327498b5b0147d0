import { openAsBlob } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { commit, listFiles } from '@huggingface/hub'
import { ioError } from '../../common/files.js'
import { ensureRepo, type HubAccess, type HubCalls, hubCalls, type HubRepo } from './ensure-repo.js'
import { hubError } from './hub-error.js'

/** A file of a repository: its path there, with `/`, and what stands in it. */
export interface PushedFile {
  path: string
  content: Blob
}

export interface PushOptions extends HubAccess, HubRepo {
  /** Folder whose files are pushed, hidden ones and links left out; or `files`. */
  folder?: string
  files?: readonly PushedFile[]
  /** Of the commit, one line. */
  message: string
  /** Files that stand there and are not pushed are removed, but its card and .gitattributes. @default false */
  replace?: boolean
}

/**
 * Pushes files to a repository of the Hugging Face Hub as one commit on `main`, large ones by LFS; the repository is
 * created when it does not exist. Files that stand there and are not pushed stay, unless `replace` is set. Doing it twice does no harm: contents
 * are known by their hashes.
 *
 * @returns address of the repository, and the commit's hash
 * @throws AttuneError HUB_TOKEN_INVALID, HUB_REPO_PUBLIC, FILE_READ_FAILED and those of {@link hubError}; the signal's
 *   reason when aborted
 */
export async function pushFolder(options: PushOptions): Promise<{ url: string; commit: string }> {
  const { repo, type, message, signal, replace = false } = options
  const calls = hubCalls(options)
  const files = [...(options.files ?? []), ...(options.folder ? await filesIn(options.folder) : [])]
  await ensureRepo(options, options)
  try {
    const others = replace ? await filesBeside(files, { repo, type }, calls) : []
    const made = await commit({
      ...calls,
      repo: { type, name: repo },
      title: message,
      operations: [
        ...files.map((file) => ({ operation: 'addOrUpdate' as const, ...file })),
        ...others.map((path) => ({ operation: 'delete' as const, path })),
      ],
      // plain LFS: a large file is then one request that can be sent again
      useXet: false,
    })
    if (!made) throw new TypeError('no commit was told')
    return { url: `${calls.hubUrl}/${type === 'dataset' ? 'datasets/' : ''}${repo}`, commit: made.commit.oid }
  } catch (error) {
    signal?.throwIfAborted()
    throw hubError(`push to ${repo}`, error)
  }
}

/** Files on `main` that no push of `files` writes over. */
async function filesBeside(
  files: readonly PushedFile[],
  { repo, type }: HubRepo,
  calls: HubCalls,
): Promise<string[]> {
  const kept = new Set(['.gitattributes', 'README.md', ...files.map(({ path }) => path)])
  const others: string[] = []
  for await (const entry of listFiles({ ...calls, repo: { type, name: repo }, recursive: true }))
    if (entry.type === 'file' && !kept.has(entry.path)) others.push(entry.path)
  return others
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
