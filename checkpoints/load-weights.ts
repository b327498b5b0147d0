import { dirname, join } from 'node:path'
import { AttuneError } from '../common/error.js'
import { loadLoraFolder } from '../models/lm/lora-folder.js'
import { mergeLora } from '../models/lm/lora.js'
import { type ModelFolder, loadModelFolder } from '../models/lm/hf-folder.js'
import type { Checkpoint } from './checkpoint.js'
import { inspectFolder } from './inspect-folder.js'

/**
 * A checkpoint as one model: a full one from its folder, an adapter merged into its base.
 *
 * @param base absolute folder of the base model
 * @throws AttuneError CHECKPOINT_UNSAFE as {@link inspectFolder}; CHECKPOINT_INVALID when the
 *   checkpoint's folder is missing or of another architecture; CHECKPOINT_NOT_SERVABLE for a hosted one
 */
export async function loadCheckpointWeights(
  base: string,
  stored: { checkpoint: Checkpoint; dir: string | null } | null,
): Promise<ModelFolder> {
  if (!stored) return loadModelFolder(base)
  const { checkpoint, dir } = stored
  const { kind } = checkpoint
  if (kind === 'hosted' || dir === null) throw elsewhere(checkpoint)
  await inspectFolder(dir, { kind, base: checkpoint.base }).catch((cause: unknown) => damaged(dir, cause))
  if (kind === 'full') return loadModelFolder(dir).catch((cause: unknown) => damaged(dir, cause))
  const model = await loadModelFolder(base)
  const { weights, lora } = await loadLoraFolder(dir, model.config).catch((cause: unknown) =>
    damaged(dir, cause),
  )
  return { ...model, weights: mergeLora(model.config, model.weights, weights, lora) }
}

function elsewhere({ id, location }: Checkpoint): AttuneError {
  return new AttuneError(
    'CHECKPOINT_NOT_SERVABLE',
    'config',
    `checkpoint ${id} (${location}) lies at its provider and cannot be loaded on this machine`,
    { key: 'assistant.model', hint: 'Name an entry of `models` for that provider as `assistant.model`.' },
  )
}

function damaged(dir: string, cause: unknown): never {
  // a file cut off by a full disk is a damage like any other
  const cut =
    AttuneError.is(cause) && AttuneError.is(cause.cause) && cause.cause.code === 'SAFETENSORS_INVALID'
  if (AttuneError.is(cause) && cause.code === 'CHECKPOINT_UNSAFE' && !cut) throw cause
  const file = AttuneError.is(cause) ? (cause.details.file ?? dir) : dir
  throw new AttuneError('CHECKPOINT_INVALID', 'data', 'the weights of this checkpoint cannot be read', {
    file,
    hint: `Delete ${dir} and ${join(dirname(dir), 'checkpoint.json')} and run again: that night is trained again from its pairs.`,
    cause,
  })
}
