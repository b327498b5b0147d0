import { randomAt } from '../common/random.js'
import { CRITERIA, type Moment, type Rating } from '../datasets/schema.js'

/** Flips each criterion with probability `noise`; addressed by moment and text, so the same reply is rated alike. */
export function addNoise(
  rating: Rating,
  noise: number,
  seed: number,
  moment: Moment,
  text: string | null,
): Rating {
  if (noise === 0) return rating
  const random = randomAt(seed, moment.persona, moment.day, moment.step, 'noise', text ?? '')
  const noisy = { ...rating }
  for (const criterion of CRITERIA) {
    const { value, reason } = rating[criterion]
    if (random.next() < noise)
      noisy[criterion] = { value: value === 1 ? 0 : 1, reason: `On a whim: ${reason}` }
  }
  return noisy
}
