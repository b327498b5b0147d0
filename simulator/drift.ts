import { randomAt } from '../common/random.js'
import type { Catalogue } from '../configs/catalogue.js'
import type { Span, Wants } from '../configs/persona.js'
import type { SimulatorConfig } from '../configs/schema.js'

const MOST_SHIFT_MINUTES = 60

/**
 * What a persona wants from `drift.fromDay` on: a share of its liked kinds is exchanged for others that fit the same
 * activities, and its windows move by up to an hour. Addressed by (seed, persona): every arm meets the same change.
 */
export function driftedWants(
  wants: Wants,
  catalogue: Catalogue,
  drift: NonNullable<SimulatorConfig['drift']>,
  seed: number,
  personaId: string,
): Wants {
  const random = randomAt(seed, personaId, 'drift')
  const kinds = Object.entries(catalogue.topics).flatMap(([topic, { limit }]) => {
    const ruledOut = limit !== undefined && wants.communication.limits.includes(limit)
    return ruledOut || wants.preference.unwelcome.some((kind) => topicOf(kind) === topic) ? [] : [topic]
  })
  const likes = wants.preference.likes.map((like) => {
    if (random.next() >= drift.share) return like
    const fitting = kinds.filter(
      (topic) =>
        topicOf(like.kind) !== topic &&
        (like.during === undefined ||
          like.during.some((name) => catalogue.topics[topic]!.fits.includes(name))),
    )
    return fitting.length > 0 ? { ...like, kind: random.pick(fitting) } : like
  })
  const shift = Math.round((2 * random.next() - 1) * MOST_SHIFT_MINUTES)
  const moved = ({ from, to }: Span): Span => ({ from: from + shift, to: to + shift })
  const { windows } = wants.timing
  return {
    ...wants,
    preference: { ...wants.preference, likes },
    timing: {
      ...wants.timing,
      windows: { weekday: windows.weekday.map(moved), weekend: windows.weekend.map(moved) },
    },
    frequency:
      wants.frequency.by === 'pace'
        ? wants.frequency
        : {
            ...wants.frequency,
            windows: wants.frequency.windows.map((w) => ({ ...w, span: moved(w.span) })),
          },
  }
}

const topicOf = (kind: string): string => kind.split(':')[0]!
