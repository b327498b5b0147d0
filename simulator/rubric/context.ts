import type { ActivityClass } from '../../configs/home.js'
import type { Wants } from '../../configs/persona.js'
import type { Moment, MomentTruth, Verdict } from '../../datasets/schema.js'
import type { Understood } from '../understand.js'

/** What was said earlier in the day. */
export interface Delivery {
  minute: number
  topic: string
  variant: string
}

/** Everything a criterion is judged by. */
export interface RubricContext {
  wants: Wants
  moment: Moment
  truth: MomentTruth
  activityClass: ActivityClass
  /** The day's deliveries so far, in order. */
  deliveries: readonly Delivery[]
}

/** Judges a spoken recommendation by one criterion. */
export type Judge<Needed extends keyof RubricContext = keyof RubricContext> = (
  said: Understood,
  context: Pick<RubricContext, Needed>,
) => Verdict

export const yes = (reason: string): Verdict => ({ value: 1, reason })
export const no = (reason: string): Verdict => ({ value: 0, reason })
