import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The state that a simulation of ProPerSim keeps in the same file. */
const STATE = {
  vision_r: 8,
  retention: 8,
  curr_time: null,
  curr_tile: null,
  recency_decay: 0.995,
  daily_req: [],
  f_daily_schedule: [],
  act_event: ['Ilse Brandt', null, null],
  chatting_with_buffer: {},
  planned_path: [],
  suggestion: null,
}

/** A persona in the shape of the `scratch.json` files of ProPerSim, with other keys where wanted. */
export function scratch(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ...STATE,
    name: 'Ilse Brandt',
    first_name: 'Ilse',
    last_name: 'Brandt',
    big_five_personality_traits:
      'High in Extraversion, Low in Agreeableness, High in Conscientiousness, High in Openness to Experience, Low in Neuroticism',
    daily_plan_req:
      '1) Oil the loom before breakfast. 2) Weave for two hours. 3) Post one picture of the work.',
    age: 41,
    background: 'Weaver who left a bank to reopen the mill of her grandmother.',
    current_interests:
      'Ilse Brandt enjoys 1) Dyeing wool with plants. 2) Choir rehearsals at 7. 3) Cycling along the canal.',
    lifestyle: 'Ilse Brandt typically 1) Rises at 6am. 2) Eats at noon. 3) Is asleep by 11pm.',
    long_term_goals: 'Selling enough cloth to hire two apprentices.',
    living_area: "the Ville:Brandt mill:Ilse Brandt's attic",
    criteria: {
      Personal_Preference: 'I like craft ideas while I weave, and recipes while I cook.',
      Timing: 'I can listen from eight to ten and after six. Never while I count threads.',
      Frequency: 'Twice in the morning and once in the evening.',
      'Communication_&_Safety': 'Short and friendly. My family is nobody’s business.',
    },
    ...changes,
  }
}

/** What `scratch()` is as a persona. */
export const ILSE = {
  id: 'ilse-brandt-oce',
  name: 'Ilse Brandt',
  age: 41,
  background: 'Weaver who left a bank to reopen the mill of her grandmother.',
  bigFive: {
    openness: 'high',
    conscientiousness: 'high',
    extraversion: 'high',
    agreeableness: 'low',
    neuroticism: 'low',
  },
  interests: ['Dyeing wool with plants', 'Choir rehearsals at 7', 'Cycling along the canal'],
  lifestyle: 'Ilse Brandt typically 1) Rises at 6am. 2) Eats at noon. 3) Is asleep by 11pm.',
  dailyRequirements: ['Oil the loom before breakfast', 'Weave for two hours', 'Post one picture of the work'],
  goals: ['Selling enough cloth to hire two apprentices'],
  livingArea: "the Ville:Brandt mill:Ilse Brandt's attic",
  rubric: {
    preference: 'I like craft ideas while I weave, and recipes while I cook.',
    timing: 'I can listen from eight to ten and after six. Never while I count threads.',
    frequency: 'Twice in the morning and once in the evening.',
    communication: 'Short and friendly. My family is nobody’s business.',
  },
} as const

/** Writes a file below a folder, with the folders it needs: text as it is, everything else as JSON. */
export function put(folder: string, path: string, content: unknown): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  return file
}
