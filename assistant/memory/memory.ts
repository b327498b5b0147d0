import type { MemoryConfig } from '../../configs/schema.js'
import type { DayEvent } from '../../datasets/events/day-event.js'
import type { Moment, Rating } from '../../datasets/schema.js'
import type { Embedder } from '../../models/embedding/embedder.js'
import { HashingEmbedder } from '../../models/embedding/hashing.js'
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

/** What retrieval compares, and among what. */
export interface RetrievalRules {
  /** The text that is looked for at a moment. */
  sought(moment: Moment): string
  /** The text by which an event is found. */
  found(event: DayEvent): string
  /** The latest events, which are shown in any case, may be found too. */
  latestToo: boolean
}

const placeOf = ({ activity, room }: Moment): string => `${activity} ${room}`
const BY_PLACE: RetrievalRules = {
  sought: placeOf,
  found: ({ moment }) => placeOf(moment),
  latestToo: true,
}

/** All that happened to one persona so far, across days. */
export class Memory {
  readonly #events: DayEvent[] = []
  readonly #similarity: Similarity
  readonly #byMoment = new Map<string, DayEvent>()
  readonly #texts = new WeakMap<DayEvent, string>()
  #today = 0

  constructor(
    private readonly config: MemoryConfig,
    private readonly rules: RetrievalRules = BY_PLACE,
    embedder: Embedder = new HashingEmbedder(),
  ) {
    this.#similarity = new Similarity(embedder)
  }

  startDay(): void {
    this.#today = this.#events.length
  }

  add(event: DayEvent): void {
    this.#events.push(event)
    this.#byMoment.set(keyOf(event.moment), event)
  }

  /** A rating arrives: at the minute of the latest event. */
  rate(moment: Moment, rating: Rating): void {
    const event = this.#byMoment.get(keyOf(moment))
    if (!event) return
    event.rating = rating
    event.ratedAt = this.#events.at(-1)!.moment.minute
  }

  /**
   * @param search false: nothing is retrieved, so the embedder is not asked
   * @throws whatever the embedder throws
   */
  async recall(moment: Moment, search = true): Promise<Recollection> {
    const { content, latest, retrieved } = this.config
    if (content === 'none') return { latest: [], lastSaid: null, retrieved: [] }
    const { today } = this
    const shown = latest > 0 ? today.slice(-latest) : []
    return {
      latest: shown,
      lastSaid: (latest > 0 && today.findLast(({ text }) => text !== null)) || null,
      retrieved: search && retrieved > 0 ? await this.#retrieve(moment, shown) : [],
    }
  }

  /** Today's events, in order. */
  get today(): readonly DayEvent[] {
    return this.#events.slice(this.#today)
  }

  /** Accepted silences teach nothing and are most of all events: they are left out of the search. */
  async #retrieve(moment: Moment, shown: readonly DayEvent[]): Promise<Recollection['retrieved']> {
    const store = this.#events.filter((event) => event.text !== null || importanceOf(event) > 0)
    if (store.length === 0) return []
    const sought = this.rules.sought(moment)
    const found = store.map((event) => this.#textOf(event))
    await this.#similarity.learn([sought, ...found])
    const features = store.map((event, i) => ({
      relevance: this.#similarity.between(sought, found[i]!),
      importance: importanceOf(event),
    }))
    const besides = this.rules.latestToo ? [] : shown
    return retrieve(features, this.config.retrieved + besides.length, this.config)
      .map((each) => ({ ...each, event: store[each.index]! }))
      .filter(({ event }) => !besides.includes(event))
      .slice(0, this.config.retrieved)
  }

  #textOf(event: DayEvent): string {
    let text = this.#texts.get(event)
    if (text === undefined) this.#texts.set(event, (text = this.rules.found(event)))
    return text
  }
}

const keyOf = ({ day, step }: Moment): string => `${day}/${step}`
