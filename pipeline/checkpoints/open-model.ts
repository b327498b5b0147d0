import { existsSync } from 'node:fs'
import { allowedReplies } from '../../assistant/grammar.js'
import { CheckpointServer } from '../../checkpoints/serve.js'
import { AttuneError } from '../../common/error.js'
import type { World } from '../../configs/load-world.js'
import type { RunConfig } from '../../configs/schema.js'
import { baseFolder } from '../../models/base-folder.js'
import type { ChatModel } from '../../models/chat-model.js'
import { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import type { CheckpointEntry } from './list-checkpoints.js'

/**
 * A checkpoint as a model that speaks: from its folder in this process, or, hosted, behind the endpoint of its arm.
 *
 * @param config that of the arm
 * @throws AttuneError CHECKPOINT_REMOVED, CHECKPOINT_ELSEWHERE; as `CheckpointServer` and `EndpointModel`
 */
export async function openModel(
  { checkpoint, dir }: CheckpointEntry,
  config: RunConfig,
  world: World,
): Promise<ChatModel> {
  const { assistant, models } = config
  const endpoint = models[assistant.model]
  if (dir === null) {
    if (endpoint) return new EndpointModel(assistant.model, { ...endpoint, model: checkpoint.location })
    throw elsewhere(`it is hosted as ${checkpoint.location}`)
  }
  if (!existsSync(dir)) throw removed(dir)
  const base = baseFolder(endpoint ? checkpoint.base : assistant.model)
  if (!existsSync(base)) throw elsewhere(`its base ${checkpoint.base} is no folder here`)
  return new CheckpointServer(allowedReplies(assistant, world.catalogue)).serve(base, { checkpoint, dir })
}

/** The weights of a checkpoint are no longer on disk. */
export function removed(dir: string): AttuneError {
  return new AttuneError('CHECKPOINT_REMOVED', 'usage', 'the weights of this checkpoint are gone', {
    file: dir,
    hint: 'Take the latest one of its persona; `trainer.keep: all` keeps those of every night.',
  })
}

function elsewhere(why: string): AttuneError {
  return new AttuneError('CHECKPOINT_ELSEWHERE', 'usage', `this checkpoint cannot speak here: ${why}`, {
    hint: 'Serve it as docs/checkpoints.md tells, and ask it there.',
  })
}
