import { type Judge, no, yes } from './context.js'

/** Receptive now: inside a window, the activity not protected, the inner state ready. */
export const judgeTiming: Judge = (_said, { wants, moment, truth }) => {
  if (truth.receptive) return yes(`I have a moment for you during ${moment.activity}.`)
  if (wants.timing.protected.includes(moment.activity))
    return no(`Please never disturb me during ${moment.activity}.`)
  return no('This is not a good time for me.')
}
