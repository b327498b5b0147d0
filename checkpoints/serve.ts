import type { ChatModel } from '../models/chat-model.js'
import { LocalModel } from '../models/local.js'
import type { Checkpoint } from './checkpoint.js'
import { loadCheckpointWeights } from './load-weights.js'

/** Turns checkpoints into models that speak: served from their folder, in process. */
export class CheckpointServer {
  /** @param replies the only replies that may come; null: any text */
  constructor(private readonly replies: readonly string[] | null) {}

  /**
   * @param base absolute folder of the base model
   * @param stored the checkpoint with the absolute folder of its weights; null: the base itself
   * @throws AttuneError when the folder is missing, truncated or of another architecture
   */
  async serve(
    base: string,
    stored: { checkpoint: Checkpoint; dir: string | null } | null,
  ): Promise<ChatModel> {
    const folder = await loadCheckpointWeights(base, stored)
    const id = stored?.checkpoint.id ?? 'base'
    return LocalModel.create(folder, { id, ...(this.replies ? { replies: this.replies } : {}) })
  }
}
