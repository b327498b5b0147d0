import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../common/package-root.js'
import { loadWorld } from '../configs/load-world.js'
import type { LlamaConfig } from '../models/lm/llama-config.js'
import { saveModelFolder } from '../models/lm/hf-folder.js'
import { Tokenizer } from '../models/lm/tokenizer.js'
import { makeWordTokenizer } from '../models/lm/word-tokenizer.js'
import { Corpus } from './nano/corpus.js'
import { nanoCard } from './nano/card.js'
import { heldOut } from './nano/held-out.js'
import { measureBase } from './nano/measure-base.js'
import { pretrain } from './nano/pretrain.js'
import { vocabulary } from './nano/vocabulary.js'

/** Makes the nano base model from a seed: vocabulary, corpus, training, folder, held-out text, card. */
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(packageRoot(), 'models', 'nano') },
    seed: { type: 'string', default: '1' },
    steps: { type: 'string', default: '2400' },
    batch: { type: 'string', default: '32' },
    hidden: { type: 'string', default: '96' },
    layers: { type: 'string', default: '3' },
    ffn: { type: 'string', default: '256' },
    rate: { type: 'string', default: '3e-3' },
  },
})
const seed = Number(values.seed)
const world = loadWorld()
const files = makeWordTokenizer(vocabulary(world.home, world.catalogue))
const tokenizer = new Tokenizer(files)
const config: LlamaConfig = {
  vocabSize: Object.keys((JSON.parse(files.tokenizerJson) as { model: { vocab: object } }).model.vocab)
    .length,
  hiddenSize: Number(values.hidden),
  layers: Number(values.layers),
  heads: 3,
  intermediateSize: Number(values.ffn),
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  maxPositions: 128,
  eosTokenId: 1,
  padTokenId: 0,
}
const corpus = new Corpus(world.home, world.catalogue, seed)
const started = performance.now()
const weights = await pretrain({
  config,
  tokenizer,
  example: (i) => corpus.example(i),
  seed,
  steps: Number(values.steps),
  batch: Number(values.batch),
  learningRate: Number(values.rate),
  onProgress: (step, loss) =>
    console.error(
      `step ${step}: loss ${loss.toFixed(3)}, ${((performance.now() - started) / 1000).toFixed(0)} s`,
    ),
})
await saveModelFolder(values.out, { config, weights, tokenizerFrom: files })
writeFileSync(
  join(values.out, 'held-out.jsonl'),
  heldOut(world, seed, Number(values.steps) * Number(values.batch)),
)
const measured = await measureBase(values.out, world, seed)
console.error(measured)
writeFileSync(
  join(values.out, 'README.md'),
  nanoCard({ config, seed, steps: Number(values.steps), batch: Number(values.batch), measured }),
)
