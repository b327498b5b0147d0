import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { ioError, ioErrorCode, writeFileAtomic, writeJsonAtomic } from '../../common/files.js'
import { fromHuggingFaceConfig, toHuggingFaceConfig } from './hf-config.js'
import { llamaShapes, type LlamaConfig } from './llama-config.js'
import { decodeSafetensors, encodeSafetensors } from './safetensors.js'
import { Tokenizer, type TokenizerFiles } from './tokenizer.js'
import { Weights } from './weights.js'

const CONFIG = 'config.json'
const GENERATION_CONFIG = 'generation_config.json'
const TOKENIZER = 'tokenizer.json'
const TOKENIZER_CONFIG = 'tokenizer_config.json'
const WEIGHTS = 'model.safetensors'

/** A language model as it lies in a Hugging Face folder. */
export interface ModelFolder {
  config: LlamaConfig
  weights: Weights
  tokenizer: Tokenizer
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    if (ioErrorCode(cause) !== 'ENOENT') throw ioError('read', path, cause)
    throw new AttuneError('MODEL_FILE_MISSING', 'io', `there is no ${path}`, {
      file: path,
      hint: 'A model folder holds config.json, tokenizer.json, tokenizer_config.json and model.safetensors.',
      cause,
    })
  }
}

function parseObject(text: string, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
    throw new SyntaxError('no JSON object')
  } catch (cause) {
    throw new AttuneError('MODEL_CONFIG_INVALID', 'data', `${file} is no JSON object`, {
      file,
      hint: 'The file may be cut off: copy or download it again.',
      cause,
    })
  }
}

// a tied head may be stored once more; old checkpoints store the rotary frequencies
const isRedundant = (name: string): boolean =>
  name === 'lm_head.weight' || name.endsWith('.rotary_emb.inv_freq')

function readWeights(config: LlamaConfig, bytes: Uint8Array, file: string): Weights {
  const fail = (why: string): never => {
    throw new AttuneError('MODEL_WEIGHTS_MISMATCH', 'data', `${file}: ${why}`, {
      file,
      hint: 'config.json and model.safetensors must come from the same model.',
    })
  }
  const tensors = decodeSafetensors(bytes, file)
  const weights = new Weights(llamaShapes(config))
  for (const [name, shape] of weights.shapes) {
    const tensor = tensors.get(name)
    if (!tensor) return fail(`tensor ${name} is missing`)
    if (tensor.shape.join() !== shape.join())
      fail(`tensor ${name} has shape [${tensor.shape.join()}], not [${shape.join()}]`)
    weights.get(name).set(tensor.data)
  }
  for (const name of tensors.keys()) {
    if (!weights.shapes.has(name) && !isRedundant(name))
      fail(`tensor ${name} is unknown to a Llama without biases`)
  }
  return weights
}

async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const [json, config] = await Promise.all([
    read(join(folder, TOKENIZER)),
    read(join(folder, TOKENIZER_CONFIG)),
  ])
  return { tokenizerJson: json.toString('utf8'), tokenizerConfigJson: config.toString('utf8') }
}

/**
 * Loads a Hugging Face model folder.
 *
 * @throws AttuneError MODEL_FILE_MISSING, MODEL_CONFIG_INVALID, MODEL_UNSUPPORTED, MODEL_WEIGHTS_MISMATCH,
 * SAFETENSORS_INVALID or TOKENIZER_INVALID, each naming the file
 */
export async function loadModelFolder(folder: string): Promise<ModelFolder> {
  const configFile = join(folder, CONFIG)
  const config = fromHuggingFaceConfig(
    parseObject((await read(configFile)).toString('utf8'), configFile),
    configFile,
  )
  const tokenizer = new Tokenizer(await readTokenizerFiles(folder), join(folder, TOKENIZER))
  const weightsFile = join(folder, WEIGHTS)
  return { config, tokenizer, weights: readWeights(config, await read(weightsFile), weightsFile) }
}

/** What {@link saveModelFolder} writes. */
export interface ModelToSave {
  config: LlamaConfig
  weights: Weights
  /** Folder to copy the tokenizer's files from, or the files themselves. */
  tokenizerFrom: string | TokenizerFiles
}

/**
 * Writes a folder that transformers, vLLM and {@link loadModelFolder} read. Equal models give equal bytes; the weights
 * come last, so a folder with weights is complete.
 *
 * @throws AttuneError of kind `io`
 */
export async function saveModelFolder(
  folder: string,
  { config, weights, tokenizerFrom }: ModelToSave,
): Promise<void> {
  const files = typeof tokenizerFrom === 'string' ? await readTokenizerFiles(tokenizerFrom) : tokenizerFrom
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw ioError('write', folder, cause)
  }
  const tensors = weights.names.map(
    (name) => [name, { shape: weights.shapes.get(name)!, data: weights.get(name) }] as const,
  )
  const { eosTokenId, padTokenId } = config
  await writeJsonAtomic(join(folder, CONFIG), toHuggingFaceConfig(config))
  await writeJsonAtomic(join(folder, GENERATION_CONFIG), {
    eos_token_id: eosTokenId,
    pad_token_id: padTokenId,
  })
  await writeFileAtomic(join(folder, TOKENIZER), files.tokenizerJson)
  await writeFileAtomic(join(folder, TOKENIZER_CONFIG), files.tokenizerConfigJson)
  await writeFileAtomic(join(folder, WEIGHTS), encodeSafetensors(tensors))
}
