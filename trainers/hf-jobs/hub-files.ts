import { createHash, type Hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import { ioErrorCode } from '../../common/files.js'
import type { ServiceClient } from '../hosted/service-client.js'

const REDIRECTS = 5

/** A file of a repository at one commit. */
export const hubFile = z.object({
  type: z.string(),
  path: z.string(),
  size: z.int().min(0),
  /** SHA-1 of the file as a git blob; of a pointer when it lies in LFS. */
  oid: z.string(),
  lfs: z.object({ oid: z.string(), size: z.int().min(0) }).nullish(),
})
export type HubFile = z.infer<typeof hubFile>

export interface DownloadOptions {
  client: ServiceClient
  /** Base URL of the Hub. */
  hubUrl: string
  /** Model repository and commit. */
  repo: string
  commit: string
  /** Further attempts of a download that breaks off. */
  retries: number
  signal?: AbortSignal | undefined
}

/**
 * Downloads a file into a folder, under its name, and holds it against the size and hash that the Hub tells.
 * @throws AttuneError TRAINING_OUTPUT_INVALID when it is another file than the Hub tells, TRAINER_UNREACHABLE when it
 *   breaks off every time, and those of {@link ServiceClient}; the signal's reason when aborted
 */
export async function download(file: HubFile, folder: string, options: DownloadOptions): Promise<void> {
  const path = join(folder, file.path)
  for (let attempt = 0; ; attempt++) {
    const response = await follow(`/${options.repo}/resolve/${options.commit}/${file.path}`, options)
    const seen = { bytes: 0, hash: hashOf(file) }
    const count = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        seen.bytes += chunk.length
        seen.hash.update(chunk)
        done(seen.bytes > sizeOf(file) ? altered(file, 'it is larger') : null, chunk)
      },
    })
    try {
      const body = response.body ? Readable.fromWeb(response.body as never) : Readable.from([])
      await pipeline(body, count, createWriteStream(path))
    } catch (cause) {
      options.signal?.throwIfAborted()
      if (AttuneError.is(cause) || isOfDisk(cause)) throw cause
      if (attempt >= options.retries) throw brokenOff(file, cause)
      continue
    }
    if (seen.bytes < sizeOf(file)) {
      if (attempt >= options.retries) throw altered(file, 'it is shorter')
      continue
    }
    if (seen.hash.digest('hex') !== (file.lfs?.oid ?? file.oid)) throw altered(file, 'its hash is another')
    return
  }
}

/** The answer behind redirects; the key goes to the Hub itself only. */
async function follow(path: string, { client, hubUrl, signal }: DownloadOptions): Promise<Response> {
  let next = path
  for (let i = 0; i <= REDIRECTS; i++) {
    const response = await client.send({ path: next, signal })
    const location = response.headers.get('location')
    if (response.status < 300 || location === null) return response
    await response.body?.cancel()
    const url = new URL(location, next.startsWith('/') ? `${hubUrl}${next}` : next).href
    next = url.startsWith(`${hubUrl}/`) ? url.slice(hubUrl.length) : url
  }
  throw new AttuneError('TRAINER_UNREACHABLE', 'trainer', `the Hub sends ${path} from place to place`, {
    hint: 'Run the same command again: the job is looked up, not paid twice.',
  })
}

const sizeOf = ({ size, lfs }: HubFile): number => lfs?.size ?? size

function hashOf(file: HubFile): Hash {
  return file.lfs ? createHash('sha256') : createHash('sha1').update(`blob ${file.size}\0`)
}

const isOfDisk = (cause: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EMFILE'].includes(ioErrorCode(cause))

function altered({ path }: HubFile, why: string): AttuneError {
  return new AttuneError('TRAINING_OUTPUT_INVALID', 'trainer', `${path} is not what the Hub tells: ${why}`, {
    hint: 'Look at the repository on the Hub; run the same command again to fetch it again.',
  })
}

function brokenOff({ path }: HubFile, cause: unknown): AttuneError {
  return new AttuneError('TRAINER_UNREACHABLE', 'trainer', `the download of ${path} breaks off`, {
    hint: 'Run the same command again: the job is looked up, not paid twice.',
    cause,
  })
}
