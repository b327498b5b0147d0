import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { TOKEN } from '../support/serving/hf-endpoint.js'
import type { PlayedService } from '../support/trainers/play-server.js'
import { changes, endpointSetting, type EndpointSetting, REPO } from './hf-endpoint-setting.js'

const childScript = fileURLToPath(new URL('../support/serving/hf-endpoint-child.ts', import.meta.url))
const PUT = 'PUT /v2/endpoint/tester/nights'
const GET = 'GET /v2/endpoint/tester/nights'
const COMMIT = `POST /api/models/${REPO}/commit/main`

function start(file: string): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', childScript, file], {
    env: { ...process.env, HF_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let out = ''
  let err = ''
  child.stdout!.on('data', (part: Buffer) => (out += String(part)))
  child.stderr!.on('data', (part: Buffer) => (err += String(part)))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

it.each([
  ['hub', COMMIT, 'before', 1, 1],
  ['hub', COMMIT, 'after', 1, 1],
  ['endpoint', PUT, 'before', 1, 1],
  ['endpoint', PUT, 'after', 1, 1],
  ['endpoint', GET, 'after', 3, 1],
  ['endpoint', 'GET /health', 'before', 1, 1],
] as const)(
  'killed with -9 at %s, %s (%s, look %d), it ends where one that was not killed does',
  async (place, label, moment, nth, moves) => {
    const setting: EndpointSetting = await endpointSetting({ pollSeconds: 0.02 })
    const { endpoint, hub, root, fields, nightOf } = setting
    const file = join(root, 'asked.json')
    writeFileSync(file, JSON.stringify({ fields, root, stored: await nightOf(1) }))
    const service: PlayedService = place === 'hub' ? hub : endpoint
    let child = start(file)
    let seen = 0
    service.hook = (when, each) => {
      if (when !== moment || each !== label || ++seen !== nth) return undefined
      child.kill('SIGKILL')
      return 'cut'
    }
    expect((await ended(child)).code).toBeNull()
    expect(seen).toBe(nth)
    child = start(file)
    const { code, out, err } = await ended(child)
    const { oid } = hub.repos.at(hub.repos.find('models', REPO), 'main')
    expect([code, out], err).toEqual([0, `by ${REPO}@${oid}`])
    expect(endpoint.moves).toHaveLength(moves)
    expect(changes(endpoint).every((each) => each === PUT)).toBe(true)
    expect([...hub.objections, ...endpoint.objections]).toEqual([])
  },
  20_000,
)
