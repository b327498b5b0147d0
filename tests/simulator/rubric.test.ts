import { describe, expect, test } from 'vitest'
import type { Wants } from '../../configs/persona.js'
import type { Moment, MomentTruth } from '../../datasets/schema.js'
import { judgeCommunication } from '../../simulator/rubric/communication.js'
import type { RubricContext } from '../../simulator/rubric/context.js'
import { judgePreference } from '../../simulator/rubric/preference.js'
import { judgeTiming } from '../../simulator/rubric/timing.js'
import type { Understood } from '../../simulator/understand.js'

const wants: Wants = {
  preference: {
    likes: [{ kind: 'music: jazz' }, { kind: 'book', during: ['rest'] }],
    unwelcome: ['book: thriller', 'money'],
    tiredHours: 2,
  },
  timing: {
    windows: { weekday: [{ from: 480, to: 600 }], weekend: [{ from: 480, to: 600 }] },
    protected: ['deep work'],
    inviting: [],
  },
  frequency: { by: 'pace', everyMinutes: 60, leastGapMinutes: 20, mostPerDay: 5 },
  communication: {
    tones: ['warm', 'brief'],
    maxWords: 6,
    dislikes: ['urgency', 'order'],
    limits: ['health'],
  },
}

const receptive: MomentTruth = { receptive: true, slot: 0, served: false, overdue: false }

const context = (changes: Partial<RubricContext> = {}): RubricContext => ({
  wants,
  moment: { minute: 600, activity: 'cooking dinner' } as Moment,
  truth: receptive,
  activityClass: 'meal',
  deliveries: [],
  ...changes,
})

const said = (changes: Partial<Understood> = {}): Understood => ({
  text: 'Next: some soft jazz.',
  topic: 'music',
  variant: 'jazz',
  tone: 'brief',
  marks: [],
  limit: null,
  ...changes,
})

describe('preference', () => {
  test('what is liked anywhere is liked at every activity', () => {
    expect(judgePreference(said(), context()).value).toBe(1)
    expect(judgePreference(said(), context({ activityClass: 'bedtime' })).value).toBe(1)
  })

  test('another variant of a liked topic is not liked', () => {
    expect(judgePreference(said({ variant: 'rock' }), context())).toEqual({
      value: 0,
      reason: 'music (rock) is not what I want during cooking dinner.',
    })
  })

  test('a whole topic liked during some activities covers its variants, at those only', () => {
    const poems = said({ topic: 'book', variant: 'poetry' })
    expect(judgePreference(poems, context({ activityClass: 'rest' })).value).toBe(1)
    expect(judgePreference(poems, context()).value).toBe(0)
  })

  test('the unwelcome goes before the liked', () => {
    const thriller = said({ topic: 'book', variant: 'thriller' })
    expect(judgePreference(thriller, context({ activityClass: 'rest' })).value).toBe(0)
  })

  test('the same again is liked only after the hours it takes to be no longer tired of it', () => {
    const before = (minute: number) => context({ deliveries: [{ minute, topic: 'music', variant: 'jazz' }] })
    expect(judgePreference(said(), before(600 - 119))).toEqual({
      value: 0,
      reason: 'You told me about music (jazz) only a while ago.',
    })
    expect(judgePreference(said(), before(600 - 120)).value).toBe(1)
  })
})

describe('timing', () => {
  test('holds when the user is receptive', () => {
    expect(judgeTiming(said(), context()).value).toBe(1)
  })

  test('names the activity that must not be disturbed', () => {
    const moment = { minute: 500, activity: 'deep work' } as Moment
    const verdict = judgeTiming(said(), context({ moment, truth: { ...receptive, receptive: false } }))
    expect(verdict).toEqual({ value: 0, reason: 'Please never disturb me during deep work.' })
  })
})

describe('communication', () => {
  const judge = (changes: Partial<Understood>) => judgeCommunication(said(changes), { wants })

  test('tone liked, short enough, no disliked form, no limit crossed', () => {
    expect(judge({}).value).toBe(1)
  })

  test.each([
    [{ tone: 'formal' }, 'A formal tone does not suit me.'],
    [{ text: 'Next: some soft jazz for you tonight.' }, '7 words are too many for me.'],
    [{ marks: ['urgency'] }, 'I dislike being rushed.'],
    [{ marks: ['order'] }, 'I dislike this kind of order.'],
    [{ limit: 'health' }, 'Leave health matters to me.'],
  ] as const)('%j: 0', (changes, reason) => {
    expect(judge(changes)).toEqual({ value: 0, reason })
  })

  test('forms and limits that this persona does not mind pass', () => {
    expect(judge({ marks: ['question'], limit: 'money' }).value).toBe(1)
  })
})
