import { randomAt } from '../common/random.js'
import type { Home } from '../configs/home.js'
import type { Persona } from '../configs/persona.js'
import type { PlannedAction } from './user-agent.js'

/** Hours after waking at which energy is highest. */
const PEAK: Record<Persona['routine']['chronotype'], number> = { morning: 3, day: 6.5, evening: 11 }

/** Weights of the readiness to be spoken to; with them about six of seven minutes in a persona's windows are receptive. */
const WEIGHT = { energy: 0.45, mood: 0.35, attention: 0.35, inviting: 0.15 }
const THRESHOLD = 0.5
/** Sociable people are ready sooner. */
const EXTRAVERT_BONUS = 0.05
/** Mood and readiness wander in stretches of this many minutes. */
const STRETCH_MINUTES = 45
/** A push on the mood fades with this time constant, minutes. */
export const MOOD_FADE_MINUTES = 60

/** The inner state of a day before anything is said: one value a minute, from wake-up on. Not shown to the assistant. */
export interface InnerState {
  wake: number
  /** Readiness above the persona's threshold; >= 0 is ready. */
  margin: Float32Array
}

/** How strongly a push on the mood (-1..1) moves the readiness. */
export const MOOD_WEIGHT = WEIGHT.mood

/** Lives through the actions of a day: energy follows a daily curve and what is done, mood and noise wander. */
export function innerState(
  persona: Persona,
  home: Home,
  actions: readonly PlannedAction[],
  seed: number,
  day: number,
): InnerState {
  const wake = actions[0]!.start
  const sleep = actions.at(-1)!.end
  const margin = new Float32Array(sleep - wake)
  const inviting = new Set(persona.wants.timing.inviting)
  const sway = persona.bigFive.neuroticism === 'high' ? 0.16 : 0.09
  const moodOfDay = 0.6 + sway * randomAt(seed, persona.id, day, 'mood').normal()
  const bonus = persona.bigFive.extraversion === 'high' ? EXTRAVERT_BONUS : 0
  const moodWander = wandering(persona, seed, day, 'mood', sway)
  const noise = wandering(persona, seed, day, 'noise', 0.05)
  let push = 0
  for (const { start, end, activity: name } of actions) {
    const activity = home.activities[name]!
    for (let minute = start; minute < end; minute++) {
      const sinceWake = (minute - wake) / 60
      push = push * (1 - 1 / 120) + activity.energy / 60
      const curve = 0.4 + 0.5 * Math.exp(-(((sinceWake - PEAK[persona.routine.chronotype]) / 7) ** 2))
      const energy = Math.max(0, Math.min(1, curve + push))
      const readiness =
        WEIGHT.energy * energy +
        WEIGHT.mood * (moodOfDay + moodWander(minute)) +
        WEIGHT.attention * (1 - activity.busy) +
        (inviting.has(name) ? WEIGHT.inviting : 0) +
        noise(minute)
      margin[minute - wake] = readiness + bonus - THRESHOLD
    }
  }
  return { wake, margin }
}

/** Addressed noise by the minute that moves linearly from one value a stretch to the next. */
function wandering(
  persona: Persona,
  seed: number,
  day: number,
  what: string,
  sd: number,
): (minute: number) => number {
  const drawn = new Map<number, number>()
  const at = (stretch: number): number => {
    let value = drawn.get(stretch)
    if (value === undefined) {
      value = randomAt(seed, persona.id, day, 'wander', what, stretch).normal() * sd
      drawn.set(stretch, value)
    }
    return value
  }
  return (minute) => {
    const stretch = Math.floor(minute / STRETCH_MINUTES)
    const into = minute / STRETCH_MINUTES - stretch
    return at(stretch) * (1 - into) + at(stretch + 1) * into
  }
}
