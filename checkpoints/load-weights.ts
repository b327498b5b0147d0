import { loadLoraFolder } from '../models/lm/lora-folder.js'
import { mergeLora } from '../models/lm/lora.js'
import { type ModelFolder, loadModelFolder } from '../models/lm/hf-folder.js'
import type { Checkpoint } from './checkpoint.js'

/**
 * A checkpoint as one model: a full one from its folder, an adapter merged into its base.
 *
 * @param base absolute folder of the base model
 * @throws AttuneError when a folder is missing, truncated or of another architecture
 */
export async function loadCheckpointWeights(
  base: string,
  stored: { checkpoint: Checkpoint; dir: string | null } | null,
): Promise<ModelFolder> {
  if (!stored?.dir) return loadModelFolder(base)
  if (stored.checkpoint.kind === 'full') return loadModelFolder(stored.dir)
  const model = await loadModelFolder(base)
  const { weights, lora } = await loadLoraFolder(stored.dir, model.config)
  return { ...model, weights: mergeLora(model.config, model.weights, weights, lora) }
}
