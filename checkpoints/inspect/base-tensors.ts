import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readSafetensorsHeader } from '../../models/lm/safetensors-header.js'

/** Shapes of a base model's tensors by name. */
export interface BaseTensors {
  shapes: ReadonlyMap<string, readonly number[]>
  /** False where names or shapes in the file are not those of the modules: quantised, or experts in one tensor. */
  exact: boolean
}

/**
 * What tensors a model folder of this machine has, read from headers alone; null where there is none.
 *
 * @throws AttuneError SAFETENSORS_INVALID, FILE_READ_FAILED
 */
export async function baseTensors(dir: string): Promise<BaseTensors | null> {
  const configFile = join(dir, 'config.json')
  if (!existsSync(configFile)) return null
  const config = JSON.parse(await readFile(configFile, 'utf8')) as Record<string, unknown>
  const files = (await readdir(dir)).filter((name) => name.endsWith('.safetensors'))
  if (files.length === 0) return null
  const entries = await Promise.all(files.map((name) => readSafetensorsHeader(join(dir, name))))
  const shapes = new Map(entries.flat().map(({ name, shape }) => [name, shape]))
  const architecture = Array.isArray(config['architectures']) ? String(config['architectures'][0]) : ''
  const experts = Object.keys(config).some((key) => key.includes('experts'))
  const exact =
    architecture.endsWith('ForCausalLM') && !experts && config['quantization_config'] === undefined
  return { shapes, exact }
}
