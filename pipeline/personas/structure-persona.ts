import { LIMITS, MARKS, TONES } from '../../configs/catalogue.js'
import { ACTIVITY_CLASSES, WALKING } from '../../configs/home.js'
import type { PersonaText } from '../../configs/import/persona-from.js'
import type { World } from '../../configs/load-world.js'
import { personaSchema } from '../../configs/persona.js'
import type { Prompts } from '../../configs/prompts.js'
import type { ChatModel } from '../../models/chat-model.js'
import { askJson } from '../../simulator/llm/ask-json.js'
import { personaText, rubricText } from '../../datasets/persona-text.js'
import { structureForm } from './structure-form.js'

export interface StructureOptions {
  model: ChatModel
  prompts: Prompts
  world: World
  signal?: AbortSignal | undefined
}

/** A persona with `wants` and `routine`, or why the model could not write them. */
export type StructureOutcome<P> = { persona: P; problem: null } | { persona: null; problem: string }

/** Conversations, each of a question and one repair, before a persona stays as text. */
export const MOST_CONVERSATIONS = 3

/**
 * Has a language model put the rubric and the life of a persona into the form that the built-in user needs. The first
 * conversation is greedy, later ones are not, as they would be the same again.
 *
 * @throws what the model throws
 */
export async function structurePersona<P extends PersonaText & { id: string }>(
  persona: P,
  { model, prompts, world, signal }: StructureOptions,
): Promise<StructureOutcome<P>> {
  const { wants: _wants, routine: _routine, ...text } = persona
  const parsed = personaSchema.parse(text)
  const prompt = prompts.fill('structure-persona', {
    persona: personaText(parsed),
    rubric: rubricText(parsed),
    vocabulary: vocabulary(world),
  })
  let problem = ''
  for (let conversation = 0; conversation < MOST_CONVERSATIONS; conversation++) {
    const answer = await askJson({
      model,
      prompt,
      name: 'structured_persona',
      schema: structureForm(text, world),
      sampling: { temperature: conversation === 0 ? 0 : 0.7, minP: 0, maxTokens: 6000 },
      address: ['structure-persona', persona.id, conversation],
      prompts,
      signal,
    })
    if ('value' in answer) return { persona: { ...persona, ...answer.value }, problem: null }
    problem = answer.problem
  }
  return { persona: null, problem }
}

/** Every name that `wants` and `routine` may use. */
export function vocabulary({ home, catalogue }: World): string {
  const kinds = Object.entries(catalogue.topics).map(
    ([topic, { variants }]) => `  ${topic}: ${Object.keys(variants).join(', ')}`,
  )
  const activities = ACTIVITY_CLASSES.map((group) => {
    const names = Object.entries(home.activities)
      .filter(([name, activity]) => activity.class === group && name !== WALKING)
      .map(([name]) => name)
    return names.length > 0 ? [`  ${group}: ${names.join(', ')}`] : []
  }).flat()
  return [
    'Kinds, a line a topic with its variants:',
    ...kinds,
    'Activities, a line an activity class:',
    ...activities,
    `Tones: ${TONES.join(', ')}`,
    `Marks: ${MARKS.join(', ')}`,
    `Limits: ${LIMITS.join(', ')}`,
  ].join('\n')
}
