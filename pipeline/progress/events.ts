export type Stage = 'live' | 'pair' | 'train' | 'measure'

/** What the stages tell while they work; renderers make it visible. */
export type ProgressEvent =
  | {
      type: 'stage'
      arm: string
      persona: string
      day: number
      stage: Stage
      done: number
      of: number
      /** What a job elsewhere waits for, e.g. `queued`. */
      state?: string
    }
  /** Something to know that stays to be read, e.g. what a night's job costs. */
  | { type: 'note'; arm: string; persona: string; day: number; note: string }
  | {
      type: 'day-done'
      arm: string
      persona: string
      day: number
      mean: number
      delivered: number | null
      perHour: number
    }
  /** A day that an earlier call had sealed. */
  | { type: 'day-found'; arm: string; persona: string; day: number }
  | { type: 'task-done'; arm: string; persona: string }

export type Emit = (event: ProgressEvent) => void
