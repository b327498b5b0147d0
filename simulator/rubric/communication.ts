import { type Judge, no, yes } from './context.js'

/** Words of a text, separated by white space. */
export const wordCount = (text: string): number => text.trim().split(/\s+/).length

/** Tone liked, length kept, no disliked form, no limit crossed. */
export const judgeCommunication: Judge<'wants'> = ({ text, tone, marks, limit }, { wants }) => {
  const { tones, maxWords, dislikes, limits } = wants.communication
  if (limit !== null && limits.includes(limit)) return no(`Leave ${limit} matters to me.`)
  const disliked = dislikes.find((mark) => marks.includes(mark))
  if (disliked)
    return no(`I dislike ${disliked === 'urgency' ? 'being rushed' : `this kind of ${disliked}`}.`)
  if (!tones.includes(tone)) return no(`A ${tone} tone does not suit me.`)
  const words = wordCount(text)
  if (words > maxWords) return no(`${words} words are too many for me.`)
  return yes('Said the way I like it.')
}
