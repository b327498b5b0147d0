import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import { ioError, writeFileAtomic, writeJsonAtomic } from '../../common/files.js'
import { loadModelFolder, type ModelFolder } from './hf-folder.js'
import { LINEAR_MODULES, type LlamaConfig } from './llama-config.js'
import { loraShapes, mergeLora, type LoraShape } from './lora.js'
import { decodeSafetensors, encodeSafetensors } from './safetensors.js'
import { Weights } from './weights.js'

const CONFIG = 'adapter_config.json'
const WEIGHTS = 'adapter_model.safetensors'

const adapterConfig = z.object({
  peft_type: z.literal('LORA'),
  r: z.int().min(1),
  lora_alpha: z.number().positive(),
  target_modules: z.array(z.enum(LINEAR_MODULES)).min(1),
  use_rslora: z.literal(false).default(false),
  use_dora: z.literal(false).default(false),
})

/** An adapter with its shape. */
export interface LoraAdapter {
  lora: LoraShape
  weights: Weights
}

/**
 * Writes an adapter as PEFT does (`adapter_config.json`, `adapter_model.safetensors`), weights last.
 * @throws AttuneError of kind `io`
 */
export async function saveLoraFolder(
  folder: string,
  { base, lora, dropout, weights }: LoraAdapter & { base: string; dropout: number },
): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw ioError('write', folder, cause)
  }
  await writeJsonAtomic(join(folder, CONFIG), {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: dropout,
    target_modules: [...lora.modules],
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    modules_to_save: null,
    use_dora: false,
    use_rslora: false,
  })
  const tensors = weights.names.map(
    (name) => [name, { shape: weights.shapes.get(name)!, data: weights.get(name) }] as const,
  )
  await writeFileAtomic(join(folder, WEIGHTS), encodeSafetensors(tensors))
}

/** Reads a PEFT folder for a model. @throws AttuneError ADAPTER_INVALID naming the file, or of kind `io` */
export async function loadLoraFolder(folder: string, config: LlamaConfig): Promise<LoraAdapter> {
  const configFile = join(folder, CONFIG)
  const weightsFile = join(folder, WEIGHTS)
  const invalid = (file: string, why: string, cause?: unknown): AttuneError =>
    new AttuneError('ADAPTER_INVALID', 'data', why, {
      file,
      hint: 'An adapter must be a LoRA for linear layers of this model, without rsLoRA, DoRA or per-layer ranks.',
      cause,
    })
  const read = (file: string): Promise<Buffer> =>
    readFile(file).catch((cause: unknown) => {
      throw ioError('read', file, cause)
    })
  const text = (await read(configFile)).toString('utf8')
  let lora: LoraShape
  try {
    const { r, lora_alpha: alpha, target_modules: targets } = adapterConfig.parse(JSON.parse(text))
    lora = { rank: r, alpha, modules: LINEAR_MODULES.filter((module) => targets.includes(module)) }
  } catch (cause) {
    throw invalid(configFile, 'this is no adapter configuration that can be used here', cause)
  }
  const tensors = decodeSafetensors(await read(weightsFile), weightsFile)
  const weights = new Weights(loraShapes(config, lora))
  for (const [name, shape] of weights.shapes) {
    const tensor = tensors.get(name)
    if (tensor?.shape.join() !== shape.join())
      throw invalid(weightsFile, `${name} is not a tensor of [${shape.join()}]`)
    weights.get(name).set(tensor.data)
  }
  return { lora, weights }
}

/** A base model with an adapter merged into its weights, ready to be served. @throws AttuneError as the loaders */
export async function loadMergedFolder(baseDir: string, adapterDir: string): Promise<ModelFolder> {
  const base = await loadModelFolder(baseDir)
  const { lora, weights } = await loadLoraFolder(adapterDir, base.config)
  return { ...base, weights: mergeLora(base.config, base.weights, weights, lora) }
}
