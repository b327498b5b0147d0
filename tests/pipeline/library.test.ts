import { join } from 'node:path'
import { expect, it } from 'vitest'
import type {
  Assistant,
  AssistantEvent,
  DayPlan,
  Moment,
  Proposal,
  RatingOutcome,
  UserAgent,
} from '../../index.js'
import { built } from '../helpers/built.js'
import { temporaryFolder } from '../helpers/run-folder.js'

const { buildDayPairs, collectDay, dayMetrics, drawNight, readPairs, ScriptedModel, writePairs } = built

/** A user who wakes at 8 and likes to be spoken to at breakfast only. */
class BreakfastUser implements UserAgent {
  readonly heard: string[] = []

  planDay(day: number): Promise<DayPlan> {
    const moments = [8, 9, 10, 11].map((hour, step): Moment => {
      const activity = hour === 8 ? 'having breakfast' : 'reading'
      return {
        persona: 'me',
        day,
        step,
        minute: hour * 60,
        weekday: 0,
        activity,
        action: activity,
        room: 'kitchen',
      }
    })
    return Promise.resolve({
      day,
      weekday: 0,
      wake: 480,
      sleep: 720,
      outline: [],
      actions: [],
      moments,
      slots: null,
    })
  }

  truth(): null {
    return null
  }

  rate({ activity }: Moment, candidates: Proposal['candidates']): Promise<RatingOutcome[]> {
    const outcomes = candidates.map(({ text }): RatingOutcome => {
      if (text === 'broken') return { rating: null, failure: 'the user did not answer' }
      const welcome = (text !== null) === (activity === 'having breakfast')
      const verdict = { value: welcome ? 1 : 0, reason: welcome ? 'Just right.' : 'Not now.' } as const
      return {
        rating: { preference: verdict, timing: verdict, frequency: verdict, communication: verdict },
        failure: null,
      }
    })
    return Promise.resolve(outcomes)
  }

  perceive(_moment: Moment, { text }: { text: string | null }): void {
    if (text !== null) this.heard.push(text)
  }
}

/** An assistant that asks any chat model for two candidates. */
class TwoLineAssistant implements Assistant {
  readonly events: AssistantEvent[] = []

  constructor(private readonly model: InstanceType<typeof ScriptedModel>) {}

  startDay(): void {}

  async propose({ action, step }: Moment): Promise<Proposal> {
    const messages = [{ role: 'user', content: action }] as const
    const sampling = { temperature: 1, minP: 0, maxTokens: 20 }
    const [reply] = await this.model.generate([{ messages, n: 2, sampling, address: [step] }])
    const candidates = reply!.choices.map(({ text }) => ({
      text: text === 'No Recommendation' ? null : text,
      origin: 'sampled' as const,
      malformed: false,
      reply: null,
      logProb: null,
    }))
    return {
      prompt: action,
      candidates,
      delivered: 1,
      promptTokens: reply!.promptTokens,
      completionTokens: 0,
    }
  }

  observe(event: AssistantEvent): void {
    this.events.push(event)
  }
}

it('an own user and an own assistant live a day, and their ratings become pairs to train on', async () => {
  const model = new ScriptedModel(({ address }, i) => {
    if (address[0] === 3) return i === 0 ? 'broken' : 'No Recommendation'
    return i === 0 ? 'No Recommendation' : 'Toast is ready.'
  })
  const [user, assistant] = [new BreakfastUser(), new TwoLineAssistant(model)]
  const plan = await user.planDay(1)
  const records = await collectDay({ user, assistant, plan, delaySteps: 0, journal: null })

  expect(records).toHaveLength(4)
  expect(user.heard).toEqual(['Toast is ready.', 'Toast is ready.', 'Toast is ready.'])
  expect(assistant.events.map(({ type }) => type)).toEqual(
    Array.from({ length: 4 }, () => ['delivered', 'rated']).flat(),
  )

  const { pairs } = buildDayPairs(records, { minMargin: 1 })
  expect(pairs.map(({ kind, step }) => `${step} ${kind}`)).toEqual([
    '0 spoken>silence',
    '1 silence>spoken',
    '2 silence>spoken',
  ])
  // a rating that could not be had is a failure, never a 0
  expect(dayMetrics(records, { wishedSlots: null, wishedPerHour: null }, 3600)).toMatchObject({
    steps: 4,
    deliveries: 3,
    mean: 2,
    delivered: 4 / 3,
    silent: 4,
  })

  const file = join(temporaryFolder(), 'pairs.parquet')
  await writePairs(file, pairs)
  const night = drawNight(
    [await readPairs(file)],
    1,
    { strategy: 'uniform', count: 8, evenness: 0.5, recentDays: 2, recentShare: 0.5 },
    [1],
  )
  expect(night.map(({ prompt }) => prompt).toSorted()).toEqual(['having breakfast', 'reading', 'reading'])
})
