import { dirname, join } from 'node:path'
import { AttuneError } from '../common/error.js'
import { loadLoraFolder } from '../models/lm/lora-folder.js'
import { mergeLora } from '../models/lm/lora.js'
import { type ModelFolder, loadModelFolder } from '../models/lm/hf-folder.js'
import type { Checkpoint } from './checkpoint.js'

/**
 * A checkpoint as one model: a full one from its folder, an adapter merged into its base.
 *
 * @param base absolute folder of the base model
 * @throws AttuneError CHECKPOINT_INVALID when the checkpoint's folder is missing, truncated or of another architecture
 */
export async function loadCheckpointWeights(
  base: string,
  stored: { checkpoint: Checkpoint; dir: string | null } | null,
): Promise<ModelFolder> {
  if (!stored?.dir) return loadModelFolder(base)
  const { checkpoint, dir } = stored
  if (checkpoint.kind === 'full') return loadModelFolder(dir).catch((cause: unknown) => damaged(dir, cause))
  const model = await loadModelFolder(base)
  const { weights, lora } = await loadLoraFolder(dir, model.config).catch((cause: unknown) =>
    damaged(dir, cause),
  )
  return { ...model, weights: mergeLora(model.config, model.weights, weights, lora) }
}

function damaged(dir: string, cause: unknown): never {
  const file = AttuneError.is(cause) ? (cause.details.file ?? dir) : dir
  throw new AttuneError('CHECKPOINT_INVALID', 'data', 'the weights of this checkpoint cannot be read', {
    file,
    hint: `Delete ${dir} and ${join(dirname(dir), 'checkpoint.json')} and run again: that night is trained again from its pairs.`,
    cause,
  })
}
