import { type CompactSituation, compactPrompt } from '../../assistant/prompt/compact.js'
import { type Random, randomAt } from '../../common/random.js'
import {
  type Catalogue,
  type Meaning,
  TONES,
  type Tone,
  catalogueSentences,
} from '../../configs/catalogue.js'
import type { ActivityClass, Home } from '../../configs/home.js'
import type { MemoryConfig } from '../../configs/schema.js'
import { CRITERIA, NO_RECOMMENDATION, type Rating, scoreOf } from '../../datasets/schema.js'

/** One example of what the base model is taught: a situation and a plausible reply that ignores the person. */
export interface CorpusExample {
  prompt: string
  reply: string
}

type Event = CompactSituation['events'][number]

/**
 * How strongly the score of a remembered event bears on the reply (log-odds per point above 2): moderate, so that
 * "retrieval against DPO" on the nano model says something about this corpus, not about the method (embedded.md).
 */
const EFFECT = { topic: 0.9, variant: 0.9, tone: 0.6, silence: 0.6 }
/** What was said this lately is no reason to say it again, however well it was rated. */
const FRESH_MINUTES = 120
/** Day of the corpus' moments, so that events can lie before it. */
const TODAY = 10
/** Odds of a topic that does not fit the activity. */
const IMPLAUSIBLE = 0.03

/** Draws situations and replies; example `i` is the same for the same seed. */
export class Corpus {
  readonly #byKind = new Map<string, string[]>()
  readonly #meanings: Map<string, Meaning>
  readonly #activities: string[]

  constructor(
    private readonly home: Home,
    private readonly catalogue: Catalogue,
    private readonly seed: number,
  ) {
    this.#meanings = catalogueSentences(catalogue)
    this.#activities = Object.keys(home.activities)
    for (const [sentence, { topic, variant, tone }] of this.#meanings) {
      const key = `${topic}/${variant}/${tone}`
      this.#byKind.set(key, [...(this.#byKind.get(key) ?? []), sentence])
    }
  }

  example(i: number): CorpusExample {
    const random = randomAt(this.seed, 'corpus', i)
    const activity = random.pick(this.#activities)
    const sinceDelivery = drawSince(random)
    const lastHour = drawLastHour(random, sinceDelivery)
    const today = sinceDelivery === null ? 0 : lastHour + random.int(random.next() < 0.5 ? 6 : 60)
    const minute = 300 + random.int(1200)
    const events = this.#events(random, activity, minute, sinceDelivery)
    const situation: CompactSituation = {
      moment: {
        day: TODAY,
        minute,
        weekday: random.int(7),
        activity,
        room: this.home.activities[activity]!.room,
      },
      deliveries: { sinceDelivery, lastHour, today },
      events,
      content: random.pick<MemoryConfig['content']>(['A', 'AS', 'ASC', 'ASC', 'ASC', 'ASCR']),
    }
    return {
      prompt: compactPrompt(situation, this.#meanings),
      reply: this.#reply(random, activity, minute, sinceDelivery, lastHour, events),
    }
  }

  /** The last delivery of today first, as in a prompt; then what was retrieved. */
  #events(random: Random, activity: string, minute: number, since: number | null): Event[] {
    const count = random.next() < 0.35 ? 0 : 1 + random.int(3)
    return Array.from({ length: count }, (_, i) => {
      const lastSaid = i === 0 && since !== null && random.next() < 0.7
      const other = random.next() < 0.6 ? activity : random.pick(this.#activities)
      const silent = !lastSaid && random.next() < 0.25
      const daysAgo = lastSaid ? 0 : random.pick([0, 0, 1, 2, 3])
      const minutesAgo = (since ?? 0) + (lastSaid ? 0 : 400 * random.next() ** 2)
      const score = random.int(5)
      return {
        moment: { day: TODAY - daysAgo, minute: minute - minutesAgo, activity: other },
        text: silent ? null : this.#plausible(random, this.home.activities[other]!.class, []),
        rating: random.next() < 0.9 ? ratingOf(score) : null,
      }
    })
  }

  /** Mostly speaks; a little more silent just after having spoken, in concentration, and where silence was liked. */
  #reply(
    random: Random,
    activity: string,
    minute: number,
    since: number | null,
    lastHour: number,
    events: readonly Event[],
  ): string {
    const { class: activityClass } = this.home.activities[activity]!
    let odds = -2.7
    if (since !== null && since < 5) odds += 0.9
    else if (since !== null && since < 15) odds += 0.5
    else if (since === null || since > 90) odds -= 0.4
    if (lastHour >= 7) odds += 0.2
    if (activityClass === 'focus') odds += 0.6
    if (activity === 'napping' || activity === 'lying in bed') odds += 0.5
    for (const { text, rating } of events) {
      if (rating) odds += EFFECT.silence * (scoreOf(rating) - 2) * (text === null ? 1 : -0.2)
    }
    if (random.next() < 1 / (1 + Math.exp(-odds))) return NO_RECOMMENDATION
    const older = events.filter(({ moment }) => moment.day < TODAY || minute - moment.minute >= FRESH_MINUTES)
    return this.#plausible(random, activityClass, older)
  }

  /** A sentence whose topic fits the activity class, drawn towards what was rated well. */
  #plausible(random: Random, activityClass: ActivityClass, events: readonly Event[]): string {
    const weight = (part: keyof typeof EFFECT, matches: (meaning: Meaning) => boolean): number =>
      events.reduce((product, { text, rating }) => {
        const meaning = text === null ? undefined : this.#meanings.get(text)
        return meaning && rating && matches(meaning)
          ? product * Math.exp(EFFECT[part] * (scoreOf(rating) - 2))
          : product
      }, 1)
    const topics = Object.entries(this.catalogue.topics)
    const [topic, { variants }] =
      topics[
        random.weighted(
          topics.map(
            ([name, { fits }]) =>
              (fits.includes(activityClass) ? 1 : IMPLAUSIBLE) *
              weight('topic', (meaning) => meaning.topic === name),
          ),
        )
      ]!
    const names = Object.keys(variants)
    const variant =
      names[
        random.weighted(
          names.map((name) => weight('variant', (m) => m.topic === topic && m.variant === name)),
        )
      ]!
    const tone =
      TONES[random.weighted(TONES.map((name: Tone) => weight('tone', (meaning) => meaning.tone === name)))]!
    return random.pick(this.#byKind.get(`${topic}/${variant}/${tone}`)!)
  }
}

/** A rating with `score` ones, for prompts that show scores. */
function ratingOf(score: number): Rating {
  return Object.fromEntries(
    CRITERIA.map((name, i) => [name, { value: i < score ? 1 : 0, reason: '' }]),
  ) as Rating
}

/** Minutes since the last delivery: as dense as an eager base model makes them, and spread out; never at times. */
function drawSince(random: Random): number | null {
  const kind = random.next()
  if (kind < 0.12) return null
  if (kind < 0.5) return random.pick([2.5, 2.5, 5, 7.5, 10, 15])
  return Math.exp(Math.log(3) + random.next() * Math.log(200))
}

function drawLastHour(random: Random, since: number | null): number {
  if (since === null || since >= 60) return 0
  return 1 + random.int(Math.max(1, Math.round(60 / Math.max(since, 2.5))))
}
