import { AttuneError } from '../../common/error.js'

/** Why a checkpoint is neither loaded nor served. */
export function unsafe(file: string, why: string, hint?: string, cause?: unknown): AttuneError {
  return new AttuneError('CHECKPOINT_UNSAFE', 'data', `${file}: ${why}`, {
    file,
    hint:
      hint ??
      'Do not load this folder. Get it again from who trained it, as safetensors and plain JSON; a night of this run is trained again when its folder and checkpoint.json are deleted.',
    cause,
  })
}
