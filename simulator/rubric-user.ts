import type { Catalogue } from '../configs/catalogue.js'
import { type Home, WALKING } from '../configs/home.js'
import type { Persona, Wants } from '../configs/persona.js'
import type { SimulatorConfig } from '../configs/schema.js'
import { GOOD_SCORE } from '../datasets/metrics/served-slot.js'
import {
  type Candidate,
  type Moment,
  type MomentTruth,
  type RatedCandidate,
  type Rating,
  scoreOf,
} from '../datasets/schema.js'
import { driftedWants } from './drift.js'
import { type InnerState, MOOD_FADE_MINUTES, MOOD_WEIGHT, innerState } from './inner-state.js'
import { addNoise } from './noise.js'
import type { DayPlanner, PlannedDay } from './day-planner.js'
import { momentsOf } from './moments.js'
import { nonsense } from './nonsense.js'
import { planDay } from './plan-day.js'
import { judgeCommunication } from './rubric/communication.js'
import type { Delivery, RubricContext } from './rubric/context.js'
import { judgeFrequency } from './rubric/frequency.js'
import { judgePreference } from './rubric/preference.js'
import { rateSilence } from './rubric/silence.js'
import { judgeTiming } from './rubric/timing.js'
import { wishedSlots } from './slots.js'
import type { Understanding } from './understand.js'
import type { CallOptions, DayPlan, RatingOutcome, UserAgent, WishedSlot } from './user-agent.js'

const BAD_INTERRUPTION = -0.3
const WELCOME_WORD = 0.1

export interface RubricUserOptions {
  persona: Persona
  home: Home
  understanding: Understanding
  catalogue: Catalogue
  simulator: SimulatorConfig
  seed: number
  /** Who plans the days; absent: the persona's routine. */
  planner?: DayPlanner
}

interface Today {
  wants: Wants
  slots: WishedSlot[]
  state: InnerState
  allowed: Uint8Array
  deliveries: Delivery[]
  served: Set<number>
  mood: { minute: number; push: number }
}

/**
 * The built-in user (simulated-user.md): lives its routine, wishes to be spoken to in slots laid over its receptive
 * time, and rates by the structured rubric.
 */
export class RubricUser implements UserAgent {
  #today: Today | null = null

  constructor(private readonly options: RubricUserOptions) {}

  /** What the persona wants today: as configured, or as drifted. */
  get wants(): Wants {
    return this.#day().wants
  }

  async planDay(day: number, options: CallOptions = {}): Promise<DayPlan> {
    const { persona, home, seed, simulator, catalogue, planner } = this.options
    const planned = planner ? await planner.plan(day, options) : planDay(persona, home, seed, day)
    const drifted = simulator.drift !== null && day >= simulator.drift.fromDay
    const wants = drifted
      ? driftedWants(persona.wants, catalogue, simulator.drift!, seed, persona.id)
      : persona.wants
    const state = innerState({ ...persona, wants }, home, planned.actions, seed, day)
    const allowed = allowedMinutes(planned, wants)
    const receptive: number[] = []
    for (let i = 0; i < allowed.length; i++)
      if (allowed[i] && state.margin[i]! >= 0) receptive.push(planned.wake + i)
    const slots = wishedSlots(wants.frequency, receptive)
    this.#today = {
      wants,
      slots,
      state,
      allowed,
      deliveries: [],
      served: new Set(),
      mood: { minute: 0, push: 0 },
    }
    return { day, ...planned, moments: momentsOf(planned, persona.id, day, simulator), slots }
  }

  truth(moment: Moment): MomentTruth {
    const today = this.#day()
    const minute = Math.floor(moment.minute)
    const i = minute - today.state.wake
    const mood = today.mood.push * Math.exp(-(moment.minute - today.mood.minute) / MOOD_FADE_MINUTES)
    const receptive = today.allowed[i] === 1 && today.state.margin[i]! + MOOD_WEIGHT * mood >= 0
    const slot = today.slots.findIndex(({ start, end }) => minute >= start && minute < end)
    const served = today.served.has(slot)
    const waiting = slot >= 0 && !served && receptive && minute >= today.slots[slot]!.overdueFrom
    const overdue = waiting && mayBeSpokenTo(today.wants, today.deliveries, moment.minute)
    return { receptive, slot, served, overdue }
  }

  /** The user asks once a wished slot is overdue, and again after the least gap if it was not served. */
  asks(moment: Moment): boolean {
    return this.truth(moment).overdue
  }

  async rate(moment: Moment, candidates: readonly Candidate[]): Promise<RatingOutcome[]> {
    const truth = this.truth(moment)
    const { simulator, seed } = this.options
    return candidates.map((candidate) => {
      if (candidate.malformed) return { rating: nonsense(), failure: null }
      const rating = candidate.text === null ? rateSilence(truth) : this.judge(moment, candidate.text, truth)
      return { rating: addNoise(rating, simulator.noise, seed, moment, candidate.text), failure: null }
    })
  }

  /** The rating of a recommendation at this moment, without noise. */
  judge(moment: Moment, text: string, truth = this.truth(moment)): Rating {
    const { wants, deliveries } = this.#day()
    const activityClass = this.options.home.activities[moment.activity]!.class
    const context: RubricContext = { wants, moment, truth, activityClass, deliveries }
    const said = this.options.understanding.understand(text)
    return {
      preference: judgePreference(said, context),
      timing: judgeTiming(said, context),
      frequency: judgeFrequency(said, context),
      communication: judgeCommunication(said, context),
    }
  }

  perceive(moment: Moment, delivered: RatedCandidate): void {
    if (delivered.text === null) return
    const today = this.#day()
    const { receptive, slot } = this.truth(moment)
    const { topic, variant } = this.options.understanding.understand(delivered.text)
    const score = delivered.rating ? scoreOf(delivered.rating) : null
    const faded = today.mood.push * Math.exp(-(moment.minute - today.mood.minute) / MOOD_FADE_MINUTES)
    const push = !receptive ? BAD_INTERRUPTION : score === 4 ? WELCOME_WORD : 0
    today.mood = { minute: moment.minute, push: Math.max(-1, Math.min(1, faded + push)) }
    today.deliveries.push({ minute: moment.minute, topic, variant })
    if (slot >= 0 && score !== null && score >= GOOD_SCORE) today.served.add(slot)
  }

  #day(): Today {
    if (!this.#today) throw new RangeError('planDay comes first')
    return this.#today
  }
}

/** Who was spoken to a moment ago, or often enough today, does not hold silence against the assistant. */
function mayBeSpokenTo({ frequency }: Wants, deliveries: readonly Delivery[], minute: number): boolean {
  const last = deliveries.at(-1)
  if (deliveries.length >= frequency.mostPerDay) return false
  return !last || minute - last.minute >= frequency.leastGapMinutes
}

/** 1 for each minute from wake-up that lies in a window and in no protected activity; nobody is spoken to on the way. */
function allowedMinutes({ wake, sleep, weekday, actions }: PlannedDay, wants: Wants): Uint8Array {
  const windows = wants.timing.windows[weekday < 5 ? 'weekday' : 'weekend']
  const allowed = new Uint8Array(sleep - wake)
  for (const { start, end, activity } of actions) {
    if (activity === WALKING || wants.timing.protected.includes(activity)) continue
    for (let minute = start; minute < end; minute++) {
      if (windows.some(({ from, to }) => minute >= from && minute < to)) allowed[minute - wake] = 1
    }
  }
  return allowed
}
