import { z } from 'zod'
import type { TensorEntry } from '../../models/lm/safetensors-header.js'
import type { BaseTensors } from './base-tensors.js'
import { compareBase } from './compare-base.js'
import { unsafe } from './unsafe.js'

const configSchema = z.object({
  peft_type: z.literal('LORA', 'it is no LoRA'),
  base_model_name_or_path: z.string().nullish(),
  r: z.int().min(1).max(4096),
  lora_alpha: z.number().positive(),
  target_modules: z.union([z.array(z.string().min(1)).min(1), z.string().min(1)]),
  rank_pattern: z.record(z.string(), z.int().min(1).max(4096)).nullish(),
  modules_to_save: z.array(z.string()).nullish(),
})

const FACTOR = /^base_model\.model\.(.+)\.lora_(A|B)\.weight$/
/** Tensors that some LoRAs have besides their factors. */
const OTHER = /\.lora_(embedding_[AB]|magnitude_vector(\.weight)?)$/

export interface AdapterFiles {
  configFile: string
  config: unknown
  weightsFile: string
  tensors: readonly TensorEntry[]
}

/**
 * Holds a PEFT adapter against its own configuration and the base that it is for.
 *
 * @param base null where the base is not on this machine
 * @returns what could not be compared, one sentence each
 * @throws AttuneError CHECKPOINT_UNSAFE
 */
export function checkAdapter(files: AdapterFiles, expected: string, base: BaseTensors | null): string[] {
  const { configFile, weightsFile, tensors } = files
  const parsed = configSchema.safeParse(files.config)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    throw unsafe(
      configFile,
      `\`${path.join('.')}\`: ${message}`,
      'An adapter must be a LoRA that PEFT wrote.',
    )
  }
  const { base_model_name_or_path: told, target_modules: targets, ...config } = parsed.data
  const notes: string[] = []
  const compared = told ? compareBase(expected, told) : 'unknown'
  if (compared === 'other')
    throw unsafe(
      configFile,
      `it was trained on ${told}, not on ${expected}`,
      'Use it with the base that it was trained on.',
    )
  if (compared === 'unknown')
    notes.push(`whether its base (${told ?? 'not told'}) is ${expected} cannot be told from its name`)
  const ranks = new Set([config.r, ...Object.values(config.rank_pattern ?? {})])
  const factors = factorsOf(tensors, weightsFile, config.modules_to_save ?? [])
  for (const [module, { A, B }] of factors) {
    if (!A || !B) throw unsafe(weightsFile, `${module} has only one of the two factors`)
    const rank = A[0]!
    if (A.length !== 2 || B.length !== 2 || B[1] !== rank || !ranks.has(rank))
      throw unsafe(
        weightsFile,
        `${module} has factors [${A.join()}] and [${B.join()}], which are no LoRA of rank ${config.r}`,
      )
    if (Array.isArray(targets) && !targets.some((target) => isTarget(module, target)))
      throw unsafe(weightsFile, `${module} is none of the modules that adapter_config.json names`)
    if (base) fits(weightsFile, module, [B[0]!, A[1]!], base)
  }
  if (Array.isArray(targets) && !tensors.some(({ name }) => OTHER.test(name))) {
    const idle = targets.find((target) => ![...factors.keys()].some((module) => isTarget(module, target)))
    if (idle !== undefined) throw unsafe(configFile, `it names a module ${idle} that does not exist`)
  }
  if (!base) notes.push('its modules cannot be held against the base, which is not on this machine')
  else if (!base.exact) notes.push('its modules cannot be held against those of this kind of base')
  return notes
}

type Factors = Partial<Record<'A' | 'B', readonly number[]>>

function factorsOf(
  tensors: readonly TensorEntry[],
  file: string,
  saved: readonly string[],
): Map<string, Factors> {
  const factors = new Map<string, Factors>()
  for (const { name, shape } of tensors) {
    const match = FACTOR.exec(name)
    if (match) factors.set(match[1]!, { ...factors.get(match[1]!), [match[2]!]: shape })
    else if (!OTHER.test(name) && !saved.some((module) => name.split('.').includes(module)))
      throw unsafe(file, `${JSON.stringify(name)} is no tensor of a LoRA`)
  }
  if (factors.size === 0) throw unsafe(file, 'it has no factors of a LoRA')
  return factors
}

const isTarget = (module: string, target: string): boolean =>
  module === target || module.endsWith(`.${target}`)

function fits(file: string, module: string, shape: readonly number[], { shapes, exact }: BaseTensors): void {
  const own = shapes.get(`${module}.weight`)
  if (!exact) return
  if (own === undefined && module !== 'lm_head') throw unsafe(file, `the base has no module ${module}`)
  if (own !== undefined && own.join() !== shape.join())
    throw unsafe(file, `${module} is for a module of [${shape.join()}]; that of the base is [${own.join()}]`)
}
