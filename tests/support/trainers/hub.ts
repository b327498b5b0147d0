import { type Answer, type Asked, Objection, playService, type PlayedService } from './play-server.js'
import { type Output, playContainer } from './hub/container.js'
import { answerJobs, hardware, type JobsOptions } from './hub/jobs.js'
import { Repos, sha256 } from './hub/repos.js'

const CACHE = '/api/resolve-cache'
export const HUB_TOKEN = 'hf_played'
export const HUB_BASE = 'tester/base-model'

export interface HubOptions extends Partial<JobsOptions> {
  /** What the Hub tells of other tokens than {@link HUB_TOKEN}; null: refused. */
  whoami?: (token: string) => object | null
  /** Spoils what the next jobs push. */
  spoil?: (output: Output) => void
  /** Whether what runs in a job is played; otherwise its state is set from outside. @default true */
  plays?: boolean
}

export interface PlayedHub extends PlayedService {
  repos: Repos
  /** May be set anew between jobs. */
  spoil: (output: Output) => void
}

/** The token's owner, with a token that may write. */
export const whoami = (auth: object = {}, further: object = {}): object => ({
  type: 'user',
  id: 'u',
  name: 'tester',
  fullname: 'Tester',
  isPro: true,
  canPay: true,
  orgs: [{ type: 'org', id: 'o', name: 'lab', canPay: false }],
  auth: { type: 'access_token', accessToken: { displayName: 't', role: 'write' }, ...auth },
  ...further,
})

/** The Hugging Face Hub on 127.0.0.1: repositories with commits and large files, and Jobs. */
export async function playHub(options: HubOptions = {}): Promise<PlayedHub> {
  const repos = new Repos()
  repos.put('model', HUB_BASE, false, { 'config.json': '{"model_type":"llama"}' })
  const jobs: JobsOptions = {
    account: options.account ?? 'tester',
    page: options.page ?? 2,
    runningStage: options.runningStage ?? 'RUNNING',
    ignoresLabels: options.ignoresLabels ?? false,
    ...(options.lines && { lines: options.lines }),
  }
  const done = new Set<string>()
  const ends = (service: PlayedService): void => {
    for (const job of service.jobs)
      if (options.plays !== false && job.state === 'succeeded' && !done.has(job.id)) {
        done.add(job.id)
        playContainer(repos, job, hub.spoil)
      }
  }
  const route = (asked: Asked, service: PlayedService): Answer => {
    const { path, label, headers } = asked
    if (path.startsWith('/signed/')) return signed(asked, repos)
    if (path === '/api/jobs/hardware') return { status: 200, body: hardware }
    const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
    const told = token === HUB_TOKEN ? whoami() : (options.whoami?.(token) ?? null)
    if (told === null) throw new Objection(401, 'Invalid username or password.')
    if (label === 'GET /api/whoami-v2') return { status: 200, body: told }
    const answered = answerJobs(asked, service, jobs)
    ends(service)
    if (answered) return answered
    if (label === 'POST /api/repos/create') {
      const { name, type } = repos.create(JSON.parse(asked.text), 'tester')
      return { status: 200, body: { url: `${service.url}/${type}s/${name}`, name, id: name } }
    }
    return answerRepos(asked, service, repos)
  }
  const service = await playService('', route, (message) => ({ error: message }))
  const hub: PlayedHub = Object.assign(service, { repos, spoil: options.spoil ?? (() => {}) })
  return hub
}

function answerRepos(asked: Asked, { url }: PlayedService, repos: Repos): Answer {
  const { path, label, text, query } = asked
  const method = label.split(' ')[0]
  const [, datasets, ...large] =
    /^\/(datasets\/)?([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/batch$/.exec(path) ?? []
  if (large[0] !== undefined && method === 'POST') {
    repos.find(datasets ? 'datasets' : 'models', large[0])
    return { status: 200, body: repos.batch(JSON.parse(text), elsewhere(url)) }
  }
  const resolved = /^(?:\/api\/resolve-cache)?\/(datasets\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(
    path,
  )
  if (resolved) {
    const [, kind, name = '', revision = '', file = ''] = resolved
    const commit = repos.at(repos.find(kind ? 'datasets' : 'models', name), decodeURIComponent(revision))
    const content = commit.files.get(file)
    if (!content) throw new Objection(404, 'Entry not found')
    if (!repos.isLarge(file) && !path.startsWith(CACHE))
      return { status: 307, body: '', headers: { location: `${CACHE}${path}` } }
    return download(repos, url, file, content, commit.oid)
  }
  const [, type = '', name = '', action = '', revision = ''] =
    /^\/api\/(models|datasets)\/([^/]+\/[^/]+)(?:\/(\w+)\/([^/]+))?$/.exec(path) ?? []
  const repo = repos.find(type, name)
  const rev = decodeURIComponent(revision)
  if (method === 'GET' && (action === '' || action === 'revision')) {
    const { oid, files } = repos.at(repo, rev === '' ? 'main' : rev)
    const siblings = [...files.keys()].map((rfilename) => ({ rfilename }))
    return {
      status: 200,
      body: { id: name, private: repo.private, sha: oid, gated: false, tags: [], siblings },
    }
  }
  if (method === 'GET' && action === 'tree') {
    for (const key of query.keys())
      if (!['recursive', 'expand', 'limit'].includes(key)) throw new Objection(400, `unknown query ${key}`)
    return { status: 200, body: repos.tree(repos.at(repo, rev)) }
  }
  if (method === 'POST' && action === 'preupload')
    return { status: 200, body: repos.preupload(JSON.parse(text)) }
  if (method === 'POST' && action === 'commit') {
    const oid = repos.push(repo, rev, text.trimEnd())
    return {
      status: 200,
      body: {
        success: true,
        commitOid: oid,
        commitUrl: `${url}/${type === 'datasets' ? 'datasets/' : ''}${name}/commit/${oid}`,
        hookOutput: '',
      },
    }
  }
  if (method === 'POST' && action === 'branch') {
    repos.branch(repo, rev, (JSON.parse(text || '{}') as { startingPoint?: string }).startingPoint)
    return { status: 200, body: '' }
  }
  throw new Objection(404, `Cannot ${label}`)
}

/** The same server under another name, as the store of large files is another host. */
const elsewhere = (url: string): string => url.replace('127.0.0.1', 'localhost')

/** Small files lie behind a relative address, large ones elsewhere, at an address that is signed. */
function download(repos: Repos, url: string, path: string, content: Buffer, oid: string): Answer {
  const headers = { 'x-repo-commit': oid, 'content-type': 'application/octet-stream' }
  if (!repos.isLarge(path))
    return { status: 200, body: content, headers: { ...headers, etag: `"${repos.blobOf(content)}"` } }
  const hash = sha256(content)
  repos.store.set(hash, content)
  return {
    status: 302,
    body: '',
    headers: {
      ...headers,
      location: `${elsewhere(url)}/signed/${hash}?X-Amz-Signature=s`,
      'x-linked-etag': `"${hash}"`,
      'x-linked-size': `${content.length}`,
    },
  }
}

/** Where large files lie: whoever has the address needs no key, and a key sent here has leaked. */
function signed({ path, label, headers, query, bytes }: Asked, repos: Repos): Answer {
  if (headers.authorization !== undefined) throw new Objection(400, 'a key has leaked to the file store')
  if (query.get('X-Amz-Signature') !== 's') throw new Objection(403, 'AccessDenied')
  const hash = path.slice('/signed/'.length)
  if (label.startsWith('PUT')) {
    if (sha256(bytes) !== hash) throw new Objection(400, 'hash mismatch')
    repos.store.set(hash, bytes)
    return { status: 200, body: '' }
  }
  const content = repos.store.get(hash)
  if (!content) throw new Objection(404, 'NoSuchKey')
  return { status: 200, body: content, headers: { etag: `"${hash}"`, 'accept-ranges': 'bytes' } }
}
