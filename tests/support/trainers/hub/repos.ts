import { createHash } from 'node:crypto'
import { z } from 'zod'
import { checkBody } from '../check-body.js'
import { Objection } from '../play-server.js'

export type RepoType = 'model' | 'dataset'

export interface Commit {
  oid: string
  parent: string | null
  message: string
  files: Map<string, Buffer>
}

export interface Repo {
  type: RepoType
  name: string
  private: boolean
  branches: Map<string, string>
  commits: Map<string, Commit>
}

const LARGE = /\.(safetensors|parquet|bin|onnx|gguf)$/

export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')
const blobOf = (content: Uint8Array): string =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')

const creation = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/),
  organization: z.string().nullish(),
  type: z.enum(['model', 'dataset']).default('model'),
  visibility: z.enum(['private', 'public']).nullish(),
  private: z.boolean().nullish(),
  license: z.string().nullish(),
})
const header = z.strictObject({
  summary: z.string().min(1),
  description: z.string().nullish(),
  parentCommit: z.string().nullish(),
})
const file = z.strictObject({ path: z.string().min(1), content: z.string(), encoding: z.literal('base64') })
const lfsFile = z.strictObject({
  path: z.string().min(1),
  algo: z.literal('sha256'),
  size: z.int().min(0),
  oid: z.string().regex(/^[0-9a-f]{64}$/),
})
const deleted = z.strictObject({ path: z.string().min(1) })
const batch = z.strictObject({
  operation: z.enum(['upload']),
  transfers: z.array(z.enum(['basic', 'multipart', 'xet'])).min(1),
  hash_algo: z.enum(['sha_256', 'sha256']),
  ref: z.strictObject({ name: z.string() }).optional(),
  objects: z.array(z.strictObject({ oid: z.string(), size: z.int().min(0) })).min(1),
})
const preupload = z.strictObject({
  files: z
    .array(z.strictObject({ path: z.string(), size: z.int().min(0), sample: z.string().max(700) }))
    .min(1)
    .max(100),
  gitAttributes: z.string().optional(),
  gitIgnore: z.string().optional(),
})

/** Repositories as the Hub keeps them: branches, commits, large files by hash. */
export class Repos {
  readonly repos = new Map<string, Repo>()
  /** Uploaded large files by SHA-256. */
  readonly store = new Map<string, Buffer>()
  #made = 0

  create(value: unknown, user: string): Repo {
    const body = checkBody(creation, value)
    const name = `${body.organization ?? user}/${body.name}`
    if (this.repos.has(`${body.type}s/${name}`))
      throw new Objection(409, `You already created this ${body.type} repo`)
    return this.put(body.type, name, body.private ?? body.visibility === 'private')
  }

  put(type: RepoType, name: string, hidden: boolean, files: Record<string, string> = {}): Repo {
    const repo: Repo = { type, name, private: hidden, branches: new Map(), commits: new Map() }
    this.repos.set(`${type}s/${name}`, repo)
    const first = { '.gitattributes': '*.safetensors filter=lfs', ...files }
    this.commit(
      repo,
      'main',
      'initial commit',
      Object.entries(first).map(([path, text]) => [path, Buffer.from(text)]),
    )
    return repo
  }

  find(type: string, name: string): Repo {
    const repo = this.repos.get(`${type}/${name}`)
    if (!repo) throw new Objection(404, 'Repository not found')
    return repo
  }

  at(repo: Repo, revision: string): Commit {
    const commit = repo.commits.get(repo.branches.get(revision) ?? revision)
    if (!commit) throw new Objection(404, `Invalid rev id: ${revision}`)
    return commit
  }

  branch(repo: Repo, name: string, start = 'main'): void {
    if (repo.branches.has(name)) throw new Objection(409, `Reference refs/heads/${name} already exists`)
    repo.branches.set(name, this.at(repo, start).oid)
  }

  commit(repo: Repo, branch: string, message: string, changes: Iterable<readonly [string, Buffer | null]>) {
    const parent = repo.branches.get(branch) ?? null
    const files = new Map(parent === null ? [] : repo.commits.get(parent)!.files)
    for (const [path, content] of changes) {
      if (content === null) files.delete(path)
      else files.set(path, content)
    }
    const oid = createHash('sha1').update(`${repo.name} ${this.#made++}`).digest('hex')
    repo.commits.set(oid, { oid, parent, message, files })
    repo.branches.set(branch, oid)
    return oid
  }

  preupload(value: unknown): object {
    const { files } = checkBody(preupload, value)
    return {
      files: files.map(({ path }) => ({
        path,
        uploadMode: LARGE.test(path) ? 'lfs' : 'regular',
        shouldIgnore: false,
      })),
    }
  }

  batch(value: unknown, url: string): object {
    const { objects } = checkBody(batch, value)
    return {
      transfer: 'basic',
      objects: objects.map((object) => ({
        ...object,
        ...(!this.store.has(object.oid) && {
          actions: { upload: { href: `${url}/signed/${object.oid}?X-Amz-Signature=s` } },
        }),
      })),
    }
  }

  /** Acts on the lines of a commit call. */
  push(repo: Repo, branch: string, text: string): string {
    const lines = text
      .split('\n')
      .map((line) => checkBody(z.strictObject({ key: z.string(), value: z.unknown() }), JSON.parse(line)))
    const told = checkBody(header, lines[0]?.key === 'header' ? lines[0].value : null)
    const head = this.at(repo, branch)
    if (told.parentCommit != null && told.parentCommit !== head.oid)
      throw new Objection(412, 'A commit has happened since. Please refresh and try again.')
    const changes = lines.slice(1).map(({ key, value }): [string, Buffer | null] => {
      if (key === 'deletedFile') return [checkBody(deleted, value).path, null]
      if (key === 'file') {
        const { path, content } = checkBody(file, value)
        if (LARGE.test(path)) throw new Objection(400, `${path} belongs into LFS`)
        return [path, Buffer.from(content, 'base64')]
      }
      if (key !== 'lfsFile') throw new Objection(400, `unknown operation ${key}`)
      const { path, oid, size } = checkBody(lfsFile, value)
      const stored = this.store.get(oid)
      if (stored?.length !== size) throw new Objection(400, `LFS object ${oid} does not exist`)
      return [path, stored]
    })
    return this.commit(repo, branch, told.summary, changes)
  }

  tree({ files }: Commit): object[] {
    return [...files].map(([path, content]) => ({
      type: 'file',
      path,
      size: content.length,
      oid: blobOf(LARGE.test(path) ? Buffer.from(`pointer to ${sha256(content)}`) : content),
      ...(LARGE.test(path) && {
        lfs: { oid: sha256(content), size: content.length, pointerSize: 130 },
      }),
    }))
  }

  isLarge(path: string): boolean {
    return LARGE.test(path)
  }

  blobOf(content: Buffer): string {
    return blobOf(content)
  }
}
