import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../common/package-root.js'
import { type Address, randomAt } from '../common/random.js'
import { runSchema } from '../configs/schema.js'
import { writePairs } from '../datasets/parquet.js'
import { baseFolder } from '../models/base-folder.js'
import { type ModelFolder, loadModelFolder, saveModelFolder } from '../models/lm/hf-folder.js'
import { type LlamaConfig, llamaShapes } from '../models/lm/llama-config.js'
import { Weights } from '../models/lm/weights.js'
import { versions } from '../pipeline/run/versions.js'
import { corpusPairs } from '../tests/interop/fixtures/corpus-pairs.js'
import type { TokenPair } from '../trainers/embedded/token-pair.js'
import { tokenPairs } from '../trainers/embedded/token-pairs.js'
import { trainDpo } from '../trainers/embedded/train-dpo.js'
import { median } from './median.js'
import { type TimedTraining, TrlProcess } from './trl-process.js'

/** Pairs per second of one night's DPO, reference pass included: this trainer with 1 thread against TRL with 1 and 2. */
const SIZES: Readonly<Record<string, Partial<LlamaConfig> | null>> = {
  nano: null,
  '0.94M': { hiddenSize: 128, layers: 4, heads: 4, intermediateSize: 384 },
  '5M': { hiddenSize: 256, layers: 6, heads: 4, intermediateSize: 704 },
}
const TRL_THREADS = [1, 2]
const SEED = 1

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '400' },
    runs: { type: 'string', default: '5' },
    models: { type: 'string', default: Object.keys(SIZES).join() },
    python: { type: 'string', default: join(packageRoot(), '.venv', 'bin', 'python') },
  },
})
const runs = Number(values.runs)
const { trainer } = runSchema.parse({
  name: 'bench',
  days: 1,
  trainer: { beta: 0.5, learningRate: 1e-4, epochs: 1, batchSize: 4 },
})

interface Speed {
  pairsPerSecond: number[]
  median: number
  /** Mean over the steps of each run; equal, because both take the same steps. */
  loss: number[]
}

/** Where a run's order of pairs is drawn. */
const addressOf = (run: number): Address => ['bench', run]

const speedOf = (trainings: readonly TimedTraining[], pairs: number): Speed => {
  const pairsPerSecond = trainings.map(({ seconds }) => pairs / seconds)
  return { pairsPerSecond, median: median(pairsPerSecond), loss: trainings.map(({ loss }) => loss) }
}

/** Random weights as Hugging Face initialises them, with the nano model's tokenizer. */
async function makeModel(folder: string, name: string, nano: ModelFolder): Promise<string> {
  const change = SIZES[name]
  if (change === undefined)
    throw new Error(`unknown model ${name}; there are ${Object.keys(SIZES).join(', ')}`)
  if (change === null) return baseFolder('nano')
  const config = { ...nano.config, ...change }
  const weights = new Weights(llamaShapes(config))
  for (const [tensor, shape] of weights.shapes) {
    const random = randomAt(SEED, tensor)
    const data = weights.get(tensor)
    for (let i = 0; i < data.length; i++) data[i] = shape.length === 1 ? 1 : 0.02 * random.normal()
  }
  const path = join(folder, name)
  await saveModelFolder(path, { config, weights, tokenizerFrom: nano.tokenizer.files })
  return path
}

async function trainHere(
  model: ModelFolder,
  pairs: readonly TokenPair[],
  run: number,
): Promise<TimedTraining> {
  const { config, weights } = model
  const start = performance.now()
  const { log } = await trainDpo({
    config,
    weights,
    reference: weights,
    pairs,
    trainer,
    address: addressOf(run),
    threads: 1,
  })
  const seconds = (performance.now() - start) / 1000
  return { seconds, loss: log.reduce((sum, row) => sum + row['loss']!, 0) / log.length }
}

async function measure(folder: string, name: string, nano: ModelFolder, pairsFile: string) {
  const path = await makeModel(folder, name, nano)
  const model = await loadModelFolder(path)
  const pairs = tokenPairs(corpusPairs(Number(values.pairs), SEED), model.tokenizer, null)
  const trl = await TrlProcess.start(values.python, {
    model: path,
    pairs: pairsFile,
    batch: trainer.batchSize,
    epochs: trainer.epochs,
    beta: trainer.beta,
    'learning-rate': trainer.learningRate,
  })
  const ours: TimedTraining[] = []
  const theirs = new Map(TRL_THREADS.map((threads) => [threads, [] as TimedTraining[]]))
  // in turn, so that what else the machine does falls on all; the first round warms up and is not counted
  for (let run = 0; run <= runs; run++) {
    const orders = Array.from({ length: trainer.epochs }, (_, epoch) =>
      randomAt(...addressOf(run), 'shuffle', epoch).shuffle([...pairs.keys()]),
    )
    const round = { ours: await trainHere(model, pairs, run), theirs: new Map<number, TimedTraining>() }
    for (const threads of TRL_THREADS) round.theirs.set(threads, await trl.train(threads, orders))
    const told = [round.ours, ...round.theirs.values()].map(({ seconds }) =>
      (pairs.length / seconds).toFixed(0),
    )
    process.stderr.write(
      `${name}, ${run === 0 ? 'warm-up' : `run ${run}`}: pairs/s ours, TRL 1, 2: ${told.join(', ')}\n`,
    )
    if (run === 0) continue
    ours.push(round.ours)
    for (const [threads, training] of round.theirs) theirs.get(threads)!.push(training)
  }
  await trl.close()
  const here = speedOf(ours, pairs.length)
  const there = [...theirs].map(([threads, trainings]) => ({ threads, ...speedOf(trainings, pairs.length) }))
  const best = there.toSorted((a, b) => b.median - a.median)[0]!
  const mean = (length: (pair: TokenPair) => number): number =>
    pairs.reduce((sum, pair) => sum + length(pair), 0) / pairs.length
  return {
    model: name,
    parameters: model.weights.flat.length,
    meanTokens: {
      prompt: mean(({ prompt }) => prompt.length),
      reply: mean(({ chosen, rejected }) => (chosen.length + rejected.length) / 2),
    },
    ours: { threads: 1, ...here },
    trl: there,
    trlBestThreads: best.threads,
    ratio: here.median / best.median,
    versions: { ...versions(), ...trl.versions },
  }
}

execFileSync('bash', [join(packageRoot(), 'scripts', 'python-env.sh')], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
const folder = await mkdtemp(join(tmpdir(), 'attune-bench-'))
try {
  const load = loadavg()[0]
  const nano = await loadModelFolder(baseFolder('nano'))
  const pairsFile = join(folder, 'pairs.parquet')
  await writePairs(pairsFile, corpusPairs(Number(values.pairs), SEED))
  const models = []
  for (const name of values.models.split(',')) models.push(await measure(folder, name, nano, pairsFile))
  const machine = {
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    loadBefore: load,
    node: process.version,
  }
  const task = {
    pairs: Number(values.pairs),
    batch: trainer.batchSize,
    epochs: trainer.epochs,
    runs,
    fineTuning: 'full, f32',
  }
  process.stdout.write(`${JSON.stringify({ machine, task, models }, null, 2)}\n`)
} finally {
  await rm(folder, { recursive: true })
}
