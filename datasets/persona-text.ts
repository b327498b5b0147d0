import type { AnyPersona } from '../configs/persona.js'
import { CRITERIA, type Criterion } from './schema.js'

const TRAITS = ['openness', 'conscientiousness', 'extraversion', 'agreeableness', 'neuroticism'] as const

/** Who the persona is, for a prompt: everything of its file but the rubric. The same text at every call. */
export function personaText(persona: AnyPersona): string {
  return [
    `Name: ${persona.name}`,
    `Age: ${persona.age}`,
    `Background: ${persona.background}`,
    `Character: ${TRAITS.map((trait) => `${persona.bigFive[trait]} ${trait}`).join(', ')}`,
    `Interests: ${persona.interests.join(', ')}`,
    `Way of life: ${persona.lifestyle}`,
    `Every day: ${persona.dailyRequirements.join('; ')}`,
    `Goals: ${persona.goals.join('; ')}`,
    `Home: ${persona.livingArea}`,
  ]
    .map((line) => line.trim())
    .join('\n')
}

/** What the persona wants of an assistant, in its own words: a line for each of the criteria. */
export function rubricText(persona: AnyPersona, criteria: readonly Criterion[] = CRITERIA): string {
  return criteria.map((criterion) => `${criterion}: ${persona.rubric[criterion].trim()}`).join('\n')
}
