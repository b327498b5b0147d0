import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { randomAt } from '../../../common/random.js'
import { loadModelFolder, saveModelFolder } from '../../../models/lm/hf-folder.js'
import { llamaShapes, type LlamaConfig } from '../../../models/lm/llama-config.js'
import { Weights } from '../../../models/lm/weights.js'
import { makeWordTokenizer } from '../../../models/lm/word-tokenizer.js'

const config: LlamaConfig = {
  vocabSize: 6,
  hiddenSize: 8,
  layers: 2,
  heads: 2,
  intermediateSize: 12,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
  maxPositions: 64,
  eosTokenId: 1,
  padTokenId: 0,
}
const weights = new Weights(llamaShapes(config))
const random = randomAt('hf-folder')
for (let i = 0; i < weights.flat.length; i++) weights.flat[i] = random.normal()

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-model-'))
  await saveModelFolder(folder, { config, weights, tokenizerFrom: makeWordTokenizer(['a', 'b', 'c']) })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function editConfig(change: Record<string, unknown>): Promise<void> {
  const path = join(folder, 'config.json')
  const old: object = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify({ ...old, ...change }))
}

describe('model folder', () => {
  it('gives back the model saved', async () => {
    const loaded = await loadModelFolder(folder)
    expect(loaded.config).toEqual(config)
    expect(loaded.weights.flat).toEqual(weights.flat)
    expect(loaded.tokenizer.encode('a b c')).toEqual([3, 4, 5])
  })

  it('copies the tokenizer of another folder byte by byte', async () => {
    const copy = join(folder, 'copy')
    await saveModelFolder(copy, { config, weights, tokenizerFrom: folder })
    for (const name of ['tokenizer.json', 'tokenizer_config.json', 'config.json', 'model.safetensors']) {
      expect(await readFile(join(copy, name))).toEqual(await readFile(join(folder, name)))
    }
  })

  it.each(['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'])(
    'names a missing %s',
    async (name) => {
      await rm(join(folder, name))
      await expect(loadModelFolder(folder)).rejects.toMatchObject({
        code: 'MODEL_FILE_MISSING',
        details: { file: join(folder, name) },
      })
    },
  )

  it.each([
    [{ architectures: ['GPT2LMHeadModel'] }, 'MODEL_UNSUPPORTED'],
    [{ num_key_value_heads: 1 }, 'MODEL_UNSUPPORTED'],
    [{ tie_word_embeddings: false }, 'MODEL_UNSUPPORTED'],
    [{ rope_parameters: { rope_type: 'yarn' } }, 'MODEL_UNSUPPORTED'],
    [{ hidden_size: 'eight' }, 'MODEL_CONFIG_INVALID'],
    [{ vocab_size: 7 }, 'MODEL_WEIGHTS_MISMATCH'],
    [{ num_hidden_layers: 3 }, 'MODEL_WEIGHTS_MISMATCH'],
    [{ num_hidden_layers: 1 }, 'MODEL_WEIGHTS_MISMATCH'],
  ])('refuses %j as %s', async (change, code) => {
    await editConfig(change)
    await expect(loadModelFolder(folder)).rejects.toMatchObject({ code })
  })

  it('refuses cut-off files', async () => {
    const model = join(folder, 'model.safetensors')
    await writeFile(model, (await readFile(model)).subarray(0, 1000))
    await expect(loadModelFolder(folder)).rejects.toMatchObject({
      code: 'SAFETENSORS_INVALID',
      details: { file: model },
    })
    await writeFile(join(folder, 'config.json'), '{"architectures":')
    await expect(loadModelFolder(folder)).rejects.toMatchObject({ code: 'MODEL_CONFIG_INVALID' })
  })
})
