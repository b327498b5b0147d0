import { AttuneError } from '../../common/error.js'
import { nearest } from '../../configs/nearest.js'
import type { RunConfig } from '../../configs/schema.js'
import type { EndpointOptions } from '../endpoint/caller.js'
import type { Embedder } from './embedder.js'
import { EndpointEmbedder } from './endpoint.js'
import { HashingEmbedder } from './hashing.js'
import { TransformersEmbedder } from './transformers.js'

const IN_PROCESS = 'transformers:'

/**
 * The embedder that `assistant.memory.embedder` names: `built-in`, `transformers:<name or folder>`, or an entry of
 * `models`, which is called once to learn its dimensions.
 *
 * @throws AttuneError EMBEDDER_UNKNOWN, EMBEDDER_MISSING, PROVIDER_UNKNOWN, MODEL_KEY_MISSING (kind `config`),
 *   MODEL_DENIED, MODEL_UNREACHABLE (kind `model`)
 */
export async function createEmbedder(
  spec: string,
  models: RunConfig['models'],
  env: NodeJS.ProcessEnv,
  options: Omit<EndpointOptions, 'env'> = {},
): Promise<Embedder> {
  if (spec === 'built-in') return new HashingEmbedder()
  if (spec.startsWith(IN_PROCESS)) return TransformersEmbedder.open(spec.slice(IN_PROCESS.length))
  const config = Object.hasOwn(models, spec) ? models[spec] : undefined
  if (config !== undefined) return EndpointEmbedder.open(spec, config, { ...options, env })
  const known = ['built-in', ...Object.keys(models)]
  const meant = nearest(spec, known)
  throw new AttuneError(
    'EMBEDDER_UNKNOWN',
    'config',
    `\`${spec}\` is no embedder and no entry of \`models\``,
    {
      key: 'assistant.memory.embedder',
      hint:
        meant === undefined
          ? `use ${known.map((name) => `\`${name}\``).join(', ')}, or \`${IN_PROCESS}<name or folder>\``
          : `did you mean \`${meant}\`?`,
    },
  )
}
