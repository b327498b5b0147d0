import type { RoleProblem, Roles } from './check-roles.js'

/** Backends whose checkpoints stay at their provider, or on the Hub (`autotrain`), and are asked for by name. */
const AT_PROVIDER = new Set(['autotrain', 'openai', 'together', 'fireworks'])

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
  if (AT_PROVIDER.has(backend)) return []
  if ((entry.adapters ?? 'none') === 'none') {
    const message = `\`${backend}\` yields adapters in the run folder; tell how the server takes them (docs/serving.md)`
    return [{ path: ['models', assistant.model, 'adapters'], message }]
  }
  if (lora === null && entry.adapters !== 'transformers') {
    const message = `the server of \`models.${assistant.model}\` takes adapters: set \`trainer.lora\`, e.g. to {}`
    return [{ path: ['trainer', 'lora'], message }]
  }
  return []
}
