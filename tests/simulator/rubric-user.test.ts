import { describe, expect, test } from 'vitest'
import { WALKING } from '../../configs/home.js'
import { type Moment, type RatedRecord, scoreOf } from '../../datasets/schema.js'
import { liveDays, userOf } from '../../scripts/user/live-days.js'
import { mean, personaNamed, personas, saying, world } from './helpers.js'

const seamstress = personaNamed('yoko-retired-seamstress')
const mother = personaNamed('zainab-new-mother')

/** A day under the oracle, so that something is said and welcome. */
const oracleDay = async () => (await liveDays({ persona: mother, world, policy: 'oracle', days: [1] }))[0]!

const spokenIn = (records: readonly RatedRecord[]): RatedRecord[] =>
  records.filter(({ candidates, delivered }) => candidates[delivered]!.text !== null)

test('before the first day is planned there is nothing to ask', () => {
  expect(() => userOf(mother, world).truth({} as Moment)).toThrow(RangeError)
})

test('moments lie a step apart from wake-up until sleep', async () => {
  const user = userOf(mother, world, 1, { stepSeconds: 300 })
  const { moments, wake, sleep, actions } = await user.planDay(3)
  expect(moments).toHaveLength(Math.ceil((sleep - wake) / 5))
  moments.forEach(({ step, minute, weekday, activity, room, action }, i) => {
    expect({ step, minute, weekday }).toEqual({ step: i, minute: wake + 5 * i, weekday: 2 })
    const now = actions.find(({ start, end }) => minute >= start && minute < end)
    expect(now).toMatchObject({ activity, room, action })
  })
})

test('nobody is receptive outside of the windows, at protected activities, or on the way to another room', async () => {
  for (const persona of personas) {
    const user = userOf(persona, world)
    const { timing } = persona.wants
    for (const day of [1, 6]) {
      const { moments } = await user.planDay(day)
      const receptive = moments.filter((moment) => user.truth(moment).receptive)
      expect(receptive.length, persona.id).toBeGreaterThan(0)
      for (const { minute, activity } of receptive) {
        const spans = timing.windows[day === 6 ? 'weekend' : 'weekday']
        expect(spans.some(({ from, to }) => minute >= from && minute < to)).toBe(true)
        expect([WALKING, ...timing.protected]).not.toContain(activity)
      }
    }
  }
})

test('most of the time in windows is receptive, but not all', async () => {
  const shares: number[] = []
  for (const persona of personas) {
    const user = userOf(persona, world)
    const { moments } = await user.planDay(1)
    const inside = moments.filter(({ minute }) =>
      persona.wants.timing.windows.weekday.some(({ from, to }) => minute >= from && minute < to),
    )
    shares.push(mean(inside.map((moment) => Number(user.truth(moment).receptive))))
  }
  expect(mean(shares)).toBeGreaterThan(0.75)
  expect(mean(shares)).toBeLessThan(0.95)
})

describe('frequency has two sides', () => {
  test('spoken to again before the least gap has passed: 0', async () => {
    const { records } = await oracleDay()
    const user = userOf(mother, world)
    await user.planDay(1)
    const first = spokenIn(records)[0]!
    for (const { moment, candidates, delivered } of records) {
      user.perceive(moment, candidates[delivered]!)
      if (moment.step === first.moment.step) break
    }
    const text = first.candidates[0]!.text!
    const { leastGapMinutes } = mother.wants.frequency
    const later = (minutes: number): Moment => ({ ...first.moment, minute: first.moment.minute + minutes })
    expect(user.judge(later(leastGapMinutes - 1), text).frequency).toMatchObject({
      value: 0,
      reason: `You spoke only ${leastGapMinutes - 1} minutes ago; that is too often.`,
    })
  })

  test('more than the most of a day: 0', async () => {
    const user = userOf(seamstress, world)
    const { moments } = await user.planDay(1)
    const { mostPerDay, leastGapMinutes } = seamstress.wants.frequency
    const [sentence] = world.catalogue.tones.warm[0]!.say.split('{c}')
    const [first] = moments
    for (let i = 0; i < mostPerDay; i++) {
      const moment = { ...first!, minute: first!.minute + i * (leastGapMinutes + 1) }
      user.perceive(moment, { ...saying(`${sentence}tea`), rating: null, failure: 'not asked' })
    }
    const evening = { ...first!, minute: first!.minute + 14 * 60 }
    expect(user.judge(evening, 'Suggestion: a cup of mint tea.').frequency).toMatchObject({
      value: 0,
      reason: `${mostPerDay} times today is enough for me.`,
    })
  })

  test('silence is right until a slot is overdue, then timing and frequency are 0', async () => {
    const user = userOf(mother, world)
    const { moments, slots } = await user.planDay(1)
    const late = moments.find((moment) => user.truth(moment).overdue)!
    expect(late.minute).toBeGreaterThanOrEqual(slots![0]!.overdueFrom)
    const early = moments[moments.indexOf(late) - 1]!
    const [[before], [after]] = [
      await user.rate(early, [saying(null)]),
      await user.rate(late, [saying(null)]),
    ]
    expect(scoreOf(before!.rating!)).toBe(4)
    expect(after!.rating).toMatchObject({
      preference: { value: 1 },
      timing: { value: 0 },
      frequency: { value: 0, reason: 'You speak too seldom.' },
      communication: { value: 1 },
    })
  })

  test('one served slot wants no second recommendation, and is not overdue', async () => {
    const { records } = await oracleDay()
    const first = spokenIn(records)[0]!
    const after = records.filter(({ truth }) => truth!.slot === first.truth!.slot && truth!.served)
    expect(after.length).toBeGreaterThan(0)
    expect(after.every(({ truth }) => !truth!.overdue)).toBe(true)
  })
})

test('an interrupted day goes on as if it had never been interrupted', async () => {
  for (const persona of [mother, seamstress, personas[3]!]) {
    const days = await liveDays({
      persona,
      world,
      policy: 'always',
      days: [2],
      simulator: { stepSeconds: 300 },
    })
    const { records } = days[0]!
    for (const at of [1, Math.floor(records.length / 2)]) {
      const again = userOf(persona, world, 1, { stepSeconds: 300 })
      await again.planDay(2)
      for (const { moment, candidates, delivered } of records.slice(0, at)) {
        again.perceive(moment, candidates[delivered]!)
      }
      for (const { moment, candidates, delivered, truth } of records.slice(at)) {
        expect(again.truth(moment)).toEqual(truth)
        const [outcome] = await again.rate(moment, [candidates[0]!])
        expect(outcome!.rating).toEqual(candidates[0]!.rating)
        again.perceive(moment, candidates[delivered]!)
      }
    }
  }
})

test('rating has no effect on the user', async () => {
  const user = userOf(mother, world)
  const { moments } = await user.planDay(1)
  const noon = moments[Math.floor(moments.length / 2)]!
  const candidates = [saying('Next: a cup of mint tea.'), saying(null)]
  const once = await user.rate(noon, candidates)
  expect(await user.rate(noon, candidates)).toEqual(once)
})

test('malformed text scores 0 and still counts as spoken', async () => {
  const user = userOf(mother, world)
  const { moments } = await user.planDay(1)
  const candidate = { ...saying('tea . kitchen h1 s4'), malformed: true }
  const [outcome] = await user.rate(moments[0]!, [candidate])
  expect(scoreOf(outcome!.rating!)).toBe(0)
  user.perceive(moments[0]!, { ...candidate, ...outcome! })
  expect(user.judge(moments[1]!, 'Next: a cup of mint tea.').frequency.value).toBe(0)
})

test('bad interruptions spoil the mood: who is disturbed all day is less often receptive', async () => {
  const receptive = { silent: 0, always: 0 }
  for (const persona of personas.slice(0, 8)) {
    for (const policy of ['silent', 'always'] as const) {
      const [day] = await liveDays({ persona, world, policy, days: [1] })
      receptive[policy] += day!.records.filter(({ truth }) => truth!.receptive).length
    }
  }
  expect(receptive.always).toBeLessThan(0.95 * receptive.silent)
})

describe('noise', () => {
  const flipped = async (noise: number): Promise<number> => {
    const quiet = userOf(mother, world)
    const noisy = userOf(mother, world, 1, { noise })
    const texts = ['Next: a cup of mint tea.', 'Psst, how about some soft jazz?', null]
    let flips = 0
    let all = 0
    for (const day of [1, 2, 3]) {
      const { moments } = await quiet.planDay(day)
      await noisy.planDay(day)
      for (const moment of moments) {
        const [a, b] = [
          await quiet.rate(moment, texts.map(saying)),
          await noisy.rate(moment, texts.map(saying)),
        ]
        a.forEach(({ rating }, i) => {
          for (const [criterion, { value }] of Object.entries(rating!)) {
            all++
            if (b[i]!.rating![criterion as 'timing'].value !== value) flips++
          }
        })
      }
    }
    return flips / all
  }

  test('flips a criterion with its probability, never at 0', async () => {
    expect(await flipped(0)).toBe(0)
    expect(await flipped(0.02)).toBeCloseTo(0.02, 2)
    expect(await flipped(0.2)).toBeCloseTo(0.2, 1)
  })

  test('is the same for the same words at the same moment, and says that it is a whim', async () => {
    const user = userOf(mother, world, 1, { noise: 1 })
    const { moments } = await user.planDay(1)
    const [[once], [again]] = [
      await user.rate(moments[0]!, [saying(null)]),
      await user.rate(moments[0]!, [saying(null)]),
    ]
    expect(again).toEqual(once)
    expect(scoreOf(once!.rating!)).toBe(0)
    expect(once!.rating!.timing.reason).toBe('On a whim: Silence suits me now.')
  })
})

describe('drift', () => {
  const drift = { fromDay: 3, share: 0.5 }

  test('changes likes and windows from its day on, and nothing before', async () => {
    for (const persona of personas) {
      const user = userOf(persona, world, 1, { drift })
      await user.planDay(2)
      expect(user.wants).toEqual(persona.wants)
      await user.planDay(3)
      const { wants } = user
      expect(wants.preference.likes).not.toEqual(persona.wants.preference.likes)
      expect(wants.preference.likes).toHaveLength(persona.wants.preference.likes.length)
      expect(wants.communication).toEqual(persona.wants.communication)
      await user.planDay(9)
      expect(user.wants).toEqual(wants)
    }
  })

  test('moves all windows alike, by at most an hour', async () => {
    const shifts = new Set<number>()
    for (const persona of personas) {
      const user = userOf(persona, world, 1, { drift })
      await user.planDay(3)
      const of = persona.wants.timing.windows.weekday
      const moved = user.wants.timing.windows.weekday.map(({ from }, i) => from - of[i]!.from)
      expect(new Set(moved).size).toBe(1)
      expect(Math.abs(moved[0]!)).toBeLessThanOrEqual(60)
      shifts.add(moved[0]!)
    }
    expect(shifts.size).toBeGreaterThan(10)
  })

  test('never makes a persona like what it rules out', async () => {
    for (const persona of personas) {
      for (let seed = 1; seed <= 5; seed++) {
        const user = userOf(persona, world, seed, { drift: { fromDay: 2, share: 1 } })
        await user.planDay(2)
        const { preference, communication } = user.wants
        for (const { kind } of preference.likes) {
          const limit = world.catalogue.topics[kind.split(':')[0]!]!.limit
          if (limit) expect(communication.limits, `${persona.id}: ${kind}`).not.toContain(limit)
          expect(preference.unwelcome).not.toContain(kind)
        }
      }
    }
  })

  test('a drifted day can still be served to the full', async () => {
    const persona = personaNamed('zainab-new-mother')
    const days = await liveDays({ persona, world, policy: 'oracle', days: [2, 3, 4], simulator: { drift } })
    expect(days.map(({ metrics }) => metrics.delivered)).toEqual([4, 4, 4])
  })
})
