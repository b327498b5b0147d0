import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../common/package-root.js'
import { startLlmServer } from '../tests/support/llm-server.js'
import { rolePlay } from '../tests/support/role-play.js'

/**
 * Days of many personas whose life, rater and assistant are models behind an endpoint that takes its time: wall time
 * against the critical path (calls of one persona that wait for each other x latency), and memory by day.
 */
const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '2' },
    personas: { type: 'string', default: '32' },
    step: { type: 'string', default: '900' },
    latency: { type: 'string', default: '200' },
    limit: { type: 'string', default: '32' },
  },
})
const [days, personas, stepSeconds, latencyMs, concurrent] = [
  values.days,
  values.personas,
  values.step,
  values.latency,
  values.limit,
].map(Number) as [number, number, number, number, number]

const folder = mkdtempSync(join(tmpdir(), 'attune-endpoint-'))
const server = await startLlmServer({ reply: rolePlay, latencyMs })
const entry = (model: string) => ({ model, url: server.url, limits: { concurrent } })
const ids = readdirSync(join(packageRoot(), 'configs', 'personas'))
  .map((file) => file.replace('.yaml', ''))
  .toSorted()
  .slice(0, personas)
const config = {
  name: 'days',
  days,
  personas: ids,
  references: [],
  simulator: { stepSeconds, life: 'life', rater: 'rater' },
  assistant: { model: 'assistant', prompt: 'chat' },
  trainer: { backend: 'none' },
  models: { life: entry('life'), rater: entry('rater'), assistant: entry('assistant') },
}
writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config))

const start = performance.now()
const cli = join(packageRoot(), 'dist', 'pipeline', 'cli.js')
const run = spawn(process.execPath, [cli, 'run', join(folder, 'config.yaml'), '--runs', folder], {
  stdio: ['ignore', 'ignore', 'pipe'],
})
const memory = new Map<number, number[]>()
run.stderr.setEncoding('utf8').on('data', (text: string) => {
  for (const [, day] of text.matchAll(/day (\d+): mean/g)) {
    const at = memory.get(Number(day)) ?? []
    const now = workerMiB()
    if (now !== null) memory.set(Number(day), [...at, now])
  }
})
const [code] = (await once(run, 'exit')) as [number]
const seconds = (performance.now() - start) / 1000
await server.close()
if (code !== 0) throw new Error(`attune run ended with ${code}`)

const calls = (path: string): { type: string; role: string }[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; role: string })
/** A step waits for the assistant, then for the ratings of its candidates, which are asked for at once. */
const chain = (persona: string): number =>
  Array.from({ length: days }, (_, i) => `day-${String(i + 1).padStart(2, '0')}`).reduce((sum, day) => {
    const planned = calls(join(folder, 'days', 'plans', persona, day, 'calls.jsonl')).length
    const lived = calls(join(folder, 'days', 'arms', 'full', persona, day, 'calls.jsonl'))
    return sum + planned + 2 * lived.filter(({ role }) => role === 'assistant').length
  }, 0)
const critical = (Math.max(...ids.map(chain)) * latencyMs) / 1000
const report = {
  personas,
  days,
  calls: server.requests.length,
  peakUnderWay: server.concurrentPeak,
  wallSeconds: round(seconds),
  criticalPathSeconds: round(critical),
  ratio: round(seconds / critical),
  workerMiBByDay: Object.fromEntries([...memory].map(([day, all]) => [day, Math.round(mean(all))])),
  load: loadavg()[0],
}
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
rmSync(folder, { recursive: true })

/** Resident size of the one worker of the run; null once it is gone. */
function workerMiB(): number | null {
  const worker = readdirSync('/proc').find((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === run.pid
    } catch {
      return false
    }
  })
  if (worker === undefined) return null
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${worker}/status`, 'utf8'))?.[1]
  return kib === undefined ? null : Number(kib) / 1024
}

function mean(all: readonly number[]): number {
  return all.reduce((sum, value) => sum + value, 0) / all.length
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
