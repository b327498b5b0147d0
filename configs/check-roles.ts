import { checkServing } from './check-serving.js'
import { nearest } from './nearest.js'
import { BUILT_IN } from './run/simulator.js'

/** The parts of a configuration that name models or lean on one another. */
export interface Roles {
  simulator: { life: string; rater: string; drift?: unknown }
  assistant: {
    model: string
    prompt: string
    persona: boolean
    reason: string
    memory: { embedder: string; summaries: string }
  }
  pairs: { source: string }
  trainer: { backend: string; lora?: unknown; base?: string | null }
  evaluate?: { text: string | null; questions: string | null }
  models: Readonly<Record<string, { price: unknown; model?: string; adapters?: string }>>
  budget: { usd: number | null }
}

/** A key that does not go with the others. */
export interface RoleProblem {
  path: string[]
  message: string
}

/** What single keys cannot tell: a role without its model, settings that exclude each other. */
export function checkRoles(config: Roles): RoleProblem[] {
  const { simulator, assistant, pairs, trainer, models, budget, evaluate } = config
  const problems: RoleProblem[] = []
  const refuse = (key: string, message: string): void => void problems.push({ path: key.split('.'), message })
  const named = (key: string, name: string, others: string): void => {
    if (Object.hasOwn(models, name)) return
    const near = nearest(name, [...Object.keys(models), BUILT_IN])
    refuse(key, `"${name}" is no entry of \`models\`${others}${near ? `; did you mean \`${near}\`?` : ''}`)
  }
  for (const role of ['life', 'rater'] as const)
    if (simulator[role] !== BUILT_IN) named(`simulator.${role}`, simulator[role], ` and not \`${BUILT_IN}\``)
  const { embedder } = assistant.memory
  if (embedder !== BUILT_IN && !/^transformers:./.test(embedder))
    named('assistant.memory.embedder', embedder, `, not \`${BUILT_IN}\` and not \`transformers:<name>\``)
  const hosted = Object.hasOwn(models, assistant.model)
  if (hosted && assistant.prompt === 'compact')
    refuse('assistant.prompt', 'a model behind an endpoint needs `chat`; `compact` is what nano was made for')
  if (hosted && trainer.backend === 'embedded')
    refuse('trainer.backend', '`embedded` trains a model folder of this machine; set `none` for an endpoint')
  problems.push(...checkServing(config))
  if (assistant.prompt === 'compact' && assistant.persona)
    refuse(
      'assistant.persona',
      'a compact prompt has no room for the persona; it needs `assistant.prompt: chat`',
    )
  if (assistant.prompt === 'compact' && assistant.reason !== 'none')
    refuse('assistant.reason', 'a compact reply has no reason; it needs `assistant.prompt: chat`')
  if (pairs.source === 'revision' && simulator.rater === BUILT_IN)
    refuse(
      'pairs.source',
      'the built-in user does not rewrite; set `simulator.rater` to an entry of `models`',
    )
  if (evaluate?.questions && assistant.prompt === 'compact')
    refuse(
      'evaluate.questions',
      'a compact prompt has no room for questions; it needs `assistant.prompt: chat`',
    )
  if (evaluate?.text && hosted)
    refuse('evaluate.text', 'perplexity is measured of model folders; give an endpoint `evaluate.questions`')
  if (simulator.drift && simulator.rater !== BUILT_IN)
    refuse('simulator.drift', 'changes the structured rubric, by which only the built-in rater goes')
  if (budget.usd !== null) {
    const unpriced = modelsOf({ simulator, assistant, models }).filter((name) => models[name]!.price === null)
    for (const name of unpriced)
      refuse('budget.usd', `cannot be kept: \`models.${name}\` has no price; set one, or cap calls or tokens`)
  }
  return problems
}

/** Entries of `models` that a configuration really asks, each once. */
export function modelsOf({
  simulator,
  assistant,
  models,
}: Pick<Roles, 'simulator' | 'assistant' | 'models'>): string[] {
  const named = [simulator.life, simulator.rater, assistant.model, assistant.memory.embedder]
  return [...new Set(named)].filter((name) => Object.hasOwn(models, name))
}
