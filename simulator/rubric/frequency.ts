import { type Judge, no, yes } from './context.js'

/** The upper side of the wished rate: the least gap, the day's maximum, and one served slot needs no second one. */
export const judgeFrequency: Judge = (_said, { wants, moment, truth, deliveries }) => {
  const { leastGapMinutes, mostPerDay } = wants.frequency
  const last = deliveries.at(-1)
  if (last && moment.minute - last.minute < leastGapMinutes) {
    return no(`You spoke only ${Math.round(moment.minute - last.minute)} minutes ago; that is too often.`)
  }
  if (deliveries.length >= mostPerDay) return no(`${deliveries.length} times today is enough for me.`)
  if (truth.slot >= 0 && truth.served) return no('I have had what I wanted for now; wait a little.')
  return yes('It was time to hear from you.')
}
