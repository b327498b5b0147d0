import type { AnyPersona } from '../../configs/persona.js'
import { personaText, rubricText } from '../../datasets/persona-text.js'

/** Who the user is and what they wish of an assistant, for one that is told (oracle arm). */
export function personaBlock(persona: AnyPersona): string {
  return `Who the user is:
${personaText(persona)}

What the user wishes of you, in their own words:
${rubricText(persona)}`
}
