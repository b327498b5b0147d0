import { AttuneError } from '../../common/error.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import type { RunConfig } from '../../configs/schema.js'

/**
 * An Inference Endpoint that is moved from checkpoint to checkpoint speaks as one persona of one arm at a time: problems
 * where others would be answered by weights that are not theirs.
 *
 * @param personas how many live in every arm
 */
export function sharedEndpoints(config: RunConfig, personas: number): AttuneError[] {
  const arms = Object.keys(config.arms).map((name) => resolveArm(config, name))
  const moved = Object.entries(config.models).filter(([, { adapters }]) => adapters === 'hf-endpoint')
  return moved.flatMap(([name, { url }]) => {
    const isIt = (other: string): boolean =>
      Object.hasOwn(config.models, other) && config.models[other]!.url === url
    const speakers = arms.filter(({ assistant }) => isIt(assistant.model)).length * personas
    const others = arms.flatMap(({ simulator, assistant }) =>
      [simulator.life, simulator.rater, assistant.memory.embedder].filter(isIt),
    )
    if (speakers === 0 || (speakers === 1 && others.length === 0)) return []
    const why =
      speakers > 1
        ? `${speakers} pairs of persona and arm would speak by it`
        : `\`models.${others[0]}\` is asked there too, and would be answered by the night's checkpoint`
    return [
      new AttuneError(
        'HF_ENDPOINT_SHARED',
        'config',
        `the Inference Endpoint of \`models.${name}\` holds one checkpoint at a time: ${why}`,
        {
          key: `models.${name}.adapters`,
          hint: 'take one persona, one arm and another model for the other roles, or serve many adapters at once by vLLM (docs/serving.md)',
        },
      ),
    ]
  })
}
