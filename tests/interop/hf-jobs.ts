import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { canonicalJson } from '../../common/canonical-json.js'
import { sha256Hex } from '../../common/files.js'
import { baseFolder } from '../../models/base-folder.js'
import { HfJobsService } from '../../trainers/hf-jobs/hf-jobs-service.js'
import { HostedTrainer } from '../../trainers/hosted/hosted-trainer.js'
import type { CollectedJob, JobStatus, TrainingJob } from '../../trainers/trainer.js'
import { TrlTrainer } from '../../trainers/trl/trl-trainer.js'
import { HUB_TOKEN, playHub } from '../support/trainers/hub.js'
import { corpusPairs } from './fixtures/corpus-pairs.js'
import { trainerConfig } from './fixtures/trainer-config.js'

/**
 * Two nights by `hf-jobs`, whose jobs run here as they would in their container: the command of the request, with Python,
 * TRL and huggingface_hub talking to a Hub on this machine. The same nights by `trl` beside them.
 */
const [folder, python] = process.argv.slice(2)
if (!folder || !python) throw new Error('usage: hf-jobs.ts FOLDER PYTHON')
await mkdir(folder, { recursive: true })

const BASE = 'tester/nano'
let output = ''
const hub = await playHub({ plays: false, lines: () => output.split('\n') })
hub.script = []
const files = (await readdir(baseFolder('nano'))).filter((name) => /\.(json|safetensors)$/.test(name))
const nano = hub.repos.put('model', BASE, false)
hub.repos.commit(
  nano,
  'main',
  'nano',
  await Promise.all(
    files.map(async (name) => [name, await readFile(join(baseFolder('nano'), name))] as const),
  ),
)

const running: ChildProcess[] = []
hub.hook = (moment, label) => {
  const job = hub.jobs.at(-1)
  if (moment !== 'after' || label !== 'POST /api/jobs/tester' || !job || job.state !== 'queued')
    return undefined
  const { command, environment, secrets } = job.body as {
    command: [string, ...string[]]
    environment: Record<string, string>
    secrets: Record<string, string>
  }
  const child = spawn(command[0], command.slice(1), {
    env: {
      ...environment,
      ...secrets,
      HF_ENDPOINT: hub.url,
      HF_HUB_DISABLE_XET: '1',
      HF_HOME: join(folder, 'hf-home'),
      CUDA_VISIBLE_DEVICES: '',
      OMP_NUM_THREADS: '1',
      PATH: `${dirname(python)}${delimiter}/usr/bin:/bin`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  job.state = 'running'
  output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (output += String(part)))
  child.on('close', (code) => (job.state = code === 0 ? 'succeeded' : 'failed'))
  return undefined
}

const pairs = corpusPairs(12, 5)
const nightOf = (
  name: string,
  keys: Record<string, unknown>,
  base: string,
  further: Partial<TrainingJob> = {},
): TrainingJob => ({
  key: sha256Hex(canonicalJson([name, base])),
  address: [1, 'amara', 1, 'night'],
  base,
  parent: null,
  parentDir: null,
  pairs,
  config: trainerConfig({
    beta: 0.5,
    epochs: 1,
    learningRate: 1e-3,
    lora: { rank: 4, modules: ['q_proj', 'v_proj'] },
    hosted: { url: hub.url, pollSeconds: 0.3, retries: 3 },
    trl: { python, device: 'cpu' },
    ...keys,
  }),
  outputDir: join(folder, name, 'checkpoint'),
  ...further,
})

const results: Record<string, { hosted: CollectedJob; local: CollectedJob; looks: JobStatus[] }> = {}
async function night(
  name: string,
  keys: Record<string, unknown>,
  further: Partial<TrainingJob> = {},
): Promise<void> {
  const job = nightOf(`${name}-hosted`, { backend: 'hf-jobs', ...keys }, BASE, further)
  const trainer = new HostedTrainer(
    new HfJobsService(job.config, { HF_TOKEN: HUB_TOKEN }, { quietMs: 50 }),
    job.config.hosted,
  )
  const looks: JobStatus[] = []
  const hosted = await trainer.collect(await trainer.submit(job), job, {
    onStatus: (status) => looks.push(status),
  })
  const here = nightOf(`${name}-local`, { backend: 'trl', ...keys }, 'nano', further)
  const trl = new TrlTrainer()
  results[name] = { hosted, local: await trl.collect(await trl.submit(here), here), looks }
}

try {
  await night('first', {})
  const parent = {
    parent: results['first']!.hosted.checkpoint,
    parentDir: join(folder, 'first-hosted', 'checkpoint'),
  }
  await night('second', {}, parent)
  await night('previous', { reference: 'previous' }, parent)
  await writeFile(join(folder, 'results.json'), JSON.stringify(results, null, 1))
} catch (error) {
  process.stderr.write(output)
  throw error
} finally {
  for (const child of running) child.kill('SIGKILL')
  await hub.close()
}
if (hub.objections.length > 0) throw new Error(hub.objections.join('\n'))
