import type { CallOptions, PlannedAction } from './user-agent.js'

/** A day as it is planned: times in minutes since midnight, actions without gaps from `wake` to `sleep`. */
export interface PlannedDay {
  /** 0 is Monday. */
  weekday: number
  wake: number
  sleep: number
  /** The day in broad strokes, e.g. `07:30 making coffee`. */
  outline: string[]
  actions: PlannedAction[]
}

/** Who plans the days of a persona: its routine, or a language model. Days come in order, from 1. */
export interface DayPlanner {
  /** @throws AttuneError of kind `model` when no plan could be had */
  plan(day: number, options?: CallOptions): Promise<PlannedDay>
}
