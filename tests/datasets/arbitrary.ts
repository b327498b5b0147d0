import * as fc from 'fast-check'
import {
  type Candidate,
  CRITERIA,
  type PreferencePair,
  type RatedCandidate,
  type RatedRecord,
  ratingOf,
} from '../../datasets/schema.js'

/** Text with everything a reply may hold, but lone surrogates: UTF-8 has none. */
export const text = fc.string({ unit: 'binary', maxLength: 12 }).filter((s) => !/\p{Surrogate}/u.test(s))

const verdict = fc.record({ value: fc.constantFrom<0 | 1>(0, 1), reason: text })
const anyRating = fc.record({
  preference: verdict,
  timing: verdict,
  frequency: verdict,
  communication: verdict,
})

const candidate: fc.Arbitrary<Candidate> = fc
  .record({
    text: fc.option(fc.constantFrom('a', 'b', 'c', 'déjà vu 🙂')),
    origin: fc.constantFrom('sampled' as const, 'sampled' as const, 'spoken' as const, 'silence' as const),
    malformed: fc.boolean(),
    reply: fc.constant(null),
    logProb: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, max: 0 }).map((x) => x + 0)),
  })
  .map((c) => {
    if (c.origin === 'silence') return { ...c, text: null, malformed: false }
    return c.malformed || c.origin === 'spoken' ? { ...c, text: c.text ?? 'd' } : c
  })

export const ratedCandidate: fc.Arbitrary<RatedCandidate> = fc
  .tuple(candidate, fc.option(anyRating, { freq: 6 }), text)
  .map(([c, r, failure]) =>
    r === null ? { ...c, rating: null, failure } : { ...c, rating: r, failure: null },
  )

export const record: fc.Arbitrary<RatedRecord> = fc
  .record({
    moment: fc.record({
      persona: text,
      day: fc.integer({ min: 1, max: 400 }),
      step: fc.nat(600),
      minute: fc.nat(3000).map((n) => n / 2),
      weekday: fc.nat(6),
      activity: text,
      action: text,
      room: text,
    }),
    system: fc.option(text),
    prompt: text,
    asked: fc.boolean(),
    candidates: fc.array(ratedCandidate, { minLength: 1, maxLength: 7 }),
    delivered: fc.nat(6),
    truth: fc.option(
      fc.record({
        receptive: fc.boolean(),
        slot: fc.integer({ min: -1, max: 20 }),
        served: fc.boolean(),
        overdue: fc.boolean(),
      }),
    ),
    promptTokens: fc.nat(5000),
    completionTokens: fc.nat(500),
  })
  .map((r) => ({ ...r, delivered: r.delivered % r.candidates.length }))

export const pair: fc.Arbitrary<PreferencePair> = fc.record({
  system: fc.option(text),
  prompt: text,
  chosen: text,
  rejected: text,
  kind: fc.constantFrom('spoken>spoken' as const, 'silence>spoken' as const, 'spoken>silence' as const),
  chosenScore: fc.integer({ min: 1, max: 4 }),
  rejectedScore: fc.constant(0),
  persona: text,
  day: fc.integer({ min: 1, max: 400 }),
  step: fc.nat(600),
  sinceDelivery: fc.option(fc.nat(300)),
})

/** A candidate with a rating of the given score. */
export function rated(score: number, said: string | null, more: Partial<Candidate> = {}): RatedCandidate {
  const base: Candidate = {
    text: said,
    origin: 'sampled',
    malformed: false,
    reply: null,
    logProb: null,
    ...more,
  }
  const rating = ratingOf((c) => ({ value: CRITERIA.indexOf(c) < score ? 1 : 0, reason: `${c}.` }))
  return { ...base, rating, failure: null }
}

/** A record with these candidates, the last of them delivered unless told. */
export function step(candidates: RatedCandidate[], more: Partial<RatedRecord> = {}): RatedRecord {
  return {
    moment: {
      persona: 'p',
      day: 1,
      step: 0,
      minute: 480,
      weekday: 0,
      activity: 'reading',
      action: 'reading',
      room: 'bedroom',
    },
    system: null,
    prompt: 'reading >',
    asked: false,
    candidates,
    delivered: candidates.length - 1,
    truth: null,
    promptTokens: 10,
    completionTokens: 4,
    ...more,
  }
}
