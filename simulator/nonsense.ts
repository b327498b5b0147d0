import { type Rating, ratingOf } from '../datasets/schema.js'
import { no } from './rubric/context.js'

/** Malformed text scores 0 with every user (docs/simulated-user.md); it is counted apart. */
export function nonsense(): Rating {
  return ratingOf(() => no('I could not make sense of what you said.'))
}
