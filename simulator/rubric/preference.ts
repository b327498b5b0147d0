import type { Wants } from '../../configs/persona.js'
import { type Judge, no, yes } from './context.js'

/** True if `kind` ("music" or "music: jazz") covers the topic and variant. */
function covers(kind: string, topic: string, variant: string): boolean {
  return kind === topic || kind === `${topic}: ${variant}`
}

/** Whether a topic and variant is wanted during an activity class, leaving aside how often it was said. */
export function likes(wants: Wants, activityClass: string, topic: string, variant: string): boolean {
  const { likes: liked, unwelcome } = wants.preference
  if (unwelcome.some((kind) => covers(kind, topic, variant))) return false
  return liked.some(
    ({ kind, during }) =>
      covers(kind, topic, variant) && (during === undefined || (during as string[]).includes(activityClass)),
  )
}

/** Liked for this activity (or anywhere), not unwelcome, not said again too soon. */
export const judgePreference: Judge = ({ topic, variant }, { wants, moment, activityClass, deliveries }) => {
  const { unwelcome, tiredHours } = wants.preference
  if (unwelcome.some((kind) => covers(kind, topic, variant)))
    return no(`I do not want to hear about ${topic}.`)
  if (!likes(wants, activityClass, topic, variant)) {
    return no(`${topic} (${variant}) is not what I want during ${moment.activity}.`)
  }
  const again = deliveries.find(
    (said) =>
      said.topic === topic && said.variant === variant && moment.minute - said.minute < tiredHours * 60,
  )
  if (again) return no(`You told me about ${topic} (${variant}) only a while ago.`)
  return yes(`${topic} (${variant}) is just right for ${moment.activity}.`)
}
