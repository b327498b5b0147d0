import { existsSync } from 'node:fs'
import { allowedReplies } from '../../assistant/grammar.js'
import { CheckpointServer } from '../../checkpoints/serve.js'
import { EndpointServer } from '../../checkpoints/serving/endpoint-server.js'
import { AttuneError } from '../../common/error.js'
import type { World } from '../../configs/load-world.js'
import type { RunConfig } from '../../configs/schema.js'
import { baseFolder } from '../../models/base-folder.js'
import type { ChatModel } from '../../models/chat-model.js'
import { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import type { CheckpointEntry } from './list-checkpoints.js'

/**
 * A checkpoint as a model that speaks: behind the endpoint of its arm, if that takes it, or from its folder in this
 * process.
 *
 * @param config that of the arm
 * @param root folder of the run
 * @throws AttuneError CHECKPOINT_REMOVED, CHECKPOINT_ELSEWHERE; as `CheckpointServer` and `EndpointServer`
 */
export async function openModel(
  { checkpoint, dir }: CheckpointEntry,
  config: RunConfig,
  world: World,
  root: string,
): Promise<ChatModel> {
  const { assistant, models } = config
  const endpoint = models[assistant.model]
  if (dir !== null && !existsSync(dir)) throw removed(dir)
  if (endpoint && (dir === null || endpoint.adapters !== 'none')) {
    const model = new EndpointModel(assistant.model, endpoint)
    return new EndpointServer(model, root).serve({ checkpoint, dir })
  }
  if (dir === null) throw elsewhere(`it is hosted as ${checkpoint.location}`)
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
