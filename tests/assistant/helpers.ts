import { loadPrompts } from '../../configs/prompts.js'
import { type AssistantConfig, type MemoryConfig, runSchema } from '../../configs/schema.js'
import { loadWorld } from '../../configs/load-world.js'
import { CRITERIA, type Criterion, type Moment, type Rating, ratingOf } from '../../datasets/schema.js'
import type { DayEvent } from '../../datasets/events/day-event.js'

export const world = loadWorld()

const { assistant } = runSchema.parse({ name: 'test', days: 1 })
export const assistantConfig = assistant

export const memoryConfig = (changes: Partial<MemoryConfig> = {}): MemoryConfig => ({
  ...assistant.memory,
  ...changes,
})

/** As they ship. */
export const prompts = loadPrompts(null)

/** A chat assistant with a little of everything in its prompt. */
export const chatConfig = (
  changes: Partial<AssistantConfig> = {},
  memory: Partial<MemoryConfig> = {},
): AssistantConfig => ({
  ...assistant,
  prompt: 'chat',
  grammar: 'none',
  maxTokens: 200,
  memory: memoryConfig(memory),
  ...changes,
})

export const momentAt = (minute: number, changes: Partial<Moment> = {}): Moment => ({
  persona: 'p',
  day: 1,
  step: minute,
  minute,
  weekday: 0,
  activity: 'reading',
  action: 'reading: turning pages by the lamp',
  room: 'living',
  ...changes,
})

/** A rating in which all criteria hold but these. */
export const ratedWithout = (...faults: Criterion[]): Rating =>
  ratingOf((criterion) => ({ value: faults.includes(criterion) ? 0 : 1, reason: criterion }))

export const scored = (score: number): Rating => ratedWithout(...CRITERIA.slice(score))

export const event = (minute: number, changes: Partial<DayEvent & { activity: string }> = {}): DayEvent => {
  const { activity = 'reading', ...rest } = changes
  return { moment: momentAt(minute, { activity }), text: null, rating: null, ...rest }
}
