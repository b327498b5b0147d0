import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { allowedReplies } from '../assistant/grammar.js'
import { packageRoot } from '../common/package-root.js'
import { loadWorld } from '../configs/load-world.js'
import { runSchema } from '../configs/schema.js'
import { baseFolder } from '../models/base-folder.js'
import { openLocalModel } from '../models/local.js'
import { versions } from '../pipeline/run/versions.js'
import { Corpus } from '../scripts/nano/corpus.js'
import { median } from './median.js'

/** Candidates per second: replies sampled from the nano model, six to a prompt, here and by Python transformers. */
const REPLIES = 6
const MAX_TOKENS = 24

const { values } = parseArgs({
  options: {
    prompts: { type: 'string', default: '100' },
    runs: { type: 'string', default: '5' },
    python: { type: 'string', default: join(packageRoot(), '.venv', 'bin', 'python') },
  },
})
const world = loadWorld()
const corpus = new Corpus(world.home, world.catalogue, 9)
const prompts = Array.from({ length: Number(values.prompts) }, (_, i) => corpus.example(i).prompt)
const { assistant } = runSchema.parse({ name: 'bench', days: 1 })

async function here(replies: readonly string[] | null, run: number): Promise<number> {
  const model = await openLocalModel(baseFolder('nano'), replies ? { replies } : {})
  const sampling = { temperature: 1, minP: 0, maxTokens: MAX_TOKENS }
  const start = performance.now()
  for (const [i, content] of prompts.entries()) {
    await model.generate([
      { messages: [{ role: 'user', content }], n: REPLIES, sampling, address: ['bench', run, i] },
    ])
  }
  const seconds = (performance.now() - start) / 1000
  await model.close()
  return (prompts.length * REPLIES) / seconds
}

const folder = mkdtempSync(join(tmpdir(), 'attune-candidates-'))
const file = join(folder, 'prompts.json')
writeFileSync(file, JSON.stringify(prompts))
const there = (threads: number): number => {
  const script = join(packageRoot(), 'bench', 'transformers_generate.py')
  const args = [baseFolder('nano'), file, String(REPLIES), String(MAX_TOKENS), String(threads)]
  const text = execFileSync(values.python, ['-W', 'ignore', script, ...args], { encoding: 'utf8' })
  return Number(JSON.parse(text).candidatesPerSecond)
}

const speeds = {
  free: [] as number[],
  grammar: [] as number[],
  transformers1: [] as number[],
  transformers2: [] as number[],
}
const load = loadavg()[0]
// in turn, so that what else the machine does falls on all; the first round warms up and is not counted
for (let run = 0; run <= Number(values.runs); run++) {
  const round = {
    free: await here(null, run),
    grammar: await here(allowedReplies(assistant, world.catalogue), run),
    transformers1: there(1),
    transformers2: there(2),
  }
  process.stderr.write(`${JSON.stringify(round)}\n`)
  if (run > 0)
    for (const [name, speed] of Object.entries(round)) speeds[name as keyof typeof speeds].push(speed)
}
rmSync(folder, { recursive: true })
const medians = Object.fromEntries(Object.entries(speeds).map(([name, all]) => [name, median(all)]))
const best = Math.max(medians['transformers1']!, medians['transformers2']!)
const ratio = { free: medians['free']! / best, grammar: medians['grammar']! / best }
process.stdout.write(
  `${JSON.stringify({ load, versions: versions(), candidatesPerSecond: speeds, medians, ratio }, null, 2)}\n`,
)
