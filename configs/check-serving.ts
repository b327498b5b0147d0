import type { RoleProblem, Roles } from './check-roles.js'

/** Backends whose checkpoints stay at their provider, or on the Hub (`autotrain`), and are asked for by name. */
const AT_PROVIDER = new Set(['autotrain', 'openai', 'together', 'fireworks'])

/** Ways of serving that take all weights of a model. */
const TAKE_FULL = new Set(['transformers', 'hf-endpoint'])

/** A model on the Hub, and what says how its weights are quantised. */
const HUB_ID = /^[\w.-]+\/[\w.-]+$/
const QUANTISED = /[-_.](awq|gptq|bnb|fp8|nvfp4|int[48]|[48]bit|w\d+a\d+|quantized|gguf)\b.*$/

/** Whether what nights yield can be served by the model that the assistant asks. */
export function checkServing({
  assistant,
  trainer,
  models,
}: Pick<Roles, 'assistant' | 'trainer' | 'models'>): RoleProblem[] {
  const { backend, lora } = trainer
  if (backend === 'none' || backend === 'embedded') return []
  const entry = Object.hasOwn(models, assistant.model) ? models[assistant.model] : undefined
  if (!entry) {
    if (!AT_PROVIDER.has(backend)) return []
    const message = `\`${backend}\` leaves checkpoints at its provider, so that \`assistant.model\` must be an entry of \`models\` for it`
    return [{ path: ['trainer', 'backend'], message }]
  }
  if (AT_PROVIDER.has(backend)) {
    if (entry.adapters !== 'hf-endpoint') return []
    const message = `an Inference Endpoint is moved to what lies in the run folder, and \`${backend}\` leaves checkpoints elsewhere`
    return [{ path: ['models', assistant.model, 'adapters'], message }]
  }
  if ((entry.adapters ?? 'none') === 'none') {
    const message = `\`${backend}\` yields adapters in the run folder; tell how the server takes them (docs/serving.md)`
    return [{ path: ['models', assistant.model, 'adapters'], message }]
  }
  if (lora === null && !TAKE_FULL.has(entry.adapters ?? '')) {
    const message = `the server of \`models.${assistant.model}\` takes adapters: set \`trainer.lora\`, e.g. to {}`
    return [{ path: ['trainer', 'lora'], message }]
  }
  const { base } = trainer
  if (typeof base === 'string' && areOthers(base, entry.model ?? '')) {
    const message = `nights would train ${base}, and their adapters be put on ${entry.model}: name the same model in both`
    return [{ path: ['trainer', 'base'], message }]
  }
  return []
}

/** Two models of the Hub by different names, however they are quantised; folders and names of a server's own are not compared. */
function areOthers(one: string, other: string): boolean {
  if (!HUB_ID.test(one) || !HUB_ID.test(other)) return false
  const [a, b] = [one, other].map((id) => id.split('/')[1]!.toLowerCase().replace(QUANTISED, ''))
  return a !== b
}
