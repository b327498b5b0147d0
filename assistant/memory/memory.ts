import type { MemoryConfig } from '../../configs/schema.js'
import { HashingEmbedder } from '../../models/embedding/hashing.js'
import type { DayEvent } from '../../datasets/events/day-event.js'
import type { Moment, Rating } from '../../datasets/schema.js'
import { importanceOf } from './importance.js'
import { type Retrieved, retrieve } from './retrieve.js'
import { Similarity } from './similarity.js'

/** What memory holds ready for a prompt. */
export interface Recollection {
  /** The latest events of today, oldest first. */
  latest: DayEvent[]
  /** The last event of today at which something was said; null if there was none, or no event is to be shown. */
  lastSaid: DayEvent | null
  /** Past events by retrieval score, best first. */
  retrieved: (Retrieved & { event: DayEvent })[]
}

/** All that happened to one persona so far, across days. */
export class Memory {
  readonly #events: DayEvent[] = []
  readonly #similarity = new Similarity(new HashingEmbedder())
  readonly #byMoment = new Map<string, DayEvent>()
  #today = 0

  constructor(private readonly config: MemoryConfig) {}

  startDay(): void {
    this.#today = this.#events.length
  }

  add(event: DayEvent): void {
    this.#events.push(event)
    this.#byMoment.set(keyOf(event.moment), event)
  }

  rate(moment: Moment, rating: Rating): void {
    const event = this.#byMoment.get(keyOf(moment))
    if (event) event.rating = rating
  }

  recall(moment: Moment): Recollection {
    const { content, latest, retrieved } = this.config
    if (content === 'none') return { latest: [], lastSaid: null, retrieved: [] }
    const today = this.#events.slice(this.#today)
    return {
      latest: latest > 0 ? today.slice(-latest) : [],
      lastSaid: (latest > 0 && today.findLast(({ text }) => text !== null)) || null,
      retrieved: retrieved > 0 ? this.#retrieve(moment) : [],
    }
  }

  /** Today's events, in order. */
  get today(): readonly DayEvent[] {
    return this.#events.slice(this.#today)
  }

  /** Accepted silences teach nothing and are most of all events: they are left out of the search. */
  #retrieve(moment: Moment): Recollection['retrieved'] {
    const query = placeOf(moment)
    const store = this.#events.filter((event) => event.text !== null || importanceOf(event) > 0)
    const features = store.map((event) => ({
      relevance: this.#similarity.between(query, placeOf(event.moment)),
      importance: importanceOf(event),
    }))
    return retrieve(features, this.config.retrieved, this.config).map((found) => ({
      ...found,
      event: store[found.index]!,
    }))
  }
}

const placeOf = ({ activity, room }: Moment): string => `${activity} ${room}`

const keyOf = ({ day, step }: Moment): string => `${day}/${step}`
