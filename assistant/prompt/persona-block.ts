import type { AnyPersona } from '../../configs/persona.js'

/** Who the user is and what they wish of an assistant, for one that is told (oracle arm). */
export function personaBlock(persona: AnyPersona): string {
  const { bigFive, rubric } = persona
  const traits = Object.entries(bigFive).map(([trait, level]) => `${trait} ${level}`)
  return [
    'Who the user is:',
    `- Name and age: ${persona.name}, ${persona.age}`,
    `- Background: ${persona.background}`,
    `- Character: ${traits.join(', ')}`,
    `- Interests: ${persona.interests.join(', ')}`,
    `- Typical day: ${persona.lifestyle}`,
    `- To do each day: ${persona.dailyRequirements.join('; ')}`,
    `- Goals: ${persona.goals.join('; ')}`,
    `- Home: ${persona.livingArea}`,
    '',
    'What the user wishes of you, in their own words:',
    `- Preference: ${rubric.preference}`,
    `- Timing: ${rubric.timing}`,
    `- Frequency: ${rubric.frequency}`,
    `- Communication: ${rubric.communication}`,
  ]
    .map((line) => line.trimEnd())
    .join('\n')
}
