import { type Address, randomAt } from '../../common/random.js'
import type { MemoryConfig } from '../../configs/schema.js'
import type { DayEvent } from '../../datasets/events/day-event.js'
import { activitiesOf, extractive } from '../../datasets/events/extractive.js'
import { type Moment, type Rating, scoreOf } from '../../datasets/schema.js'

/** What of an event may be told. */
export interface VisibleEvent {
  moment: Moment
  /** What was said, null for silence; undefined: not told. */
  said: string | null | undefined
  /** 0..4; null: not told, or not known. */
  score: number | null
  /** Verdicts with their reasons; null: not told, or not known. */
  reasons: Rating | null
}

/**
 * What the assistant may see of events: the axis "memory content" (paper, code) from `A`, the action alone, to `ASCR`,
 * and its mixed forms, in which only a share of events shows its score or its reasons. An event that shows something
 * shows it for good.
 */
export class EventView {
  constructor(
    private readonly config: Pick<MemoryConfig, 'content' | 'scoreShare' | 'reasonShare'>,
    private readonly seed: number,
  ) {}

  of({ moment, text, rating }: DayEvent): VisibleEvent {
    const { content } = this.config
    const said = content === 'A' || content === 'none' ? undefined : text
    const reasons = content === 'ASCR' && rating !== null && this.#shows(moment, 'reason') ? rating : null
    const score = this.#showsScore(moment) && rating !== null ? scoreOf(rating) : null
    return { moment, said, score, reasons }
  }

  /** A summary by rule of what may be seen. */
  byRule(events: readonly DayEvent[]): string {
    if (this.config.content === 'A') return activitiesOf(events).join(', ')
    return extractive(
      events.map((event) => (this.#showsScore(event.moment) ? event : { ...event, rating: null })),
    )
  }

  #showsScore(moment: Moment): boolean {
    const { content } = this.config
    return (content === 'ASC' || content === 'ASCR') && this.#shows(moment, 'score')
  }

  #shows({ persona, day, step }: Moment, part: 'score' | 'reason'): boolean {
    const share = part === 'score' ? this.config.scoreShare : this.config.reasonShare
    const address: Address = [this.seed, persona, day, step, `memory-${part}`]
    return share >= 1 || randomAt(...address).next() < share
  }
}
