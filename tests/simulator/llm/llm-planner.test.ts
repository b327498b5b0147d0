import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WALKING } from '../../../configs/home.js'
import { AttuneError } from '../../../common/error.js'
import { simulator } from '../../../configs/run/simulator.js'
import type { GenerateRequest } from '../../../models/chat-model.js'
import { ScriptedModel, type Script } from '../../../models/scripted.js'
import { activityNames } from '../../../simulator/llm/actions-schema.js'
import { LlmPlanner } from '../../../simulator/llm/llm-planner.js'
import type { PlannedDay } from '../../../simulator/day-planner.js'
import { personaNamed, world } from '../helpers.js'
import { prompts } from './helpers.js'

const persona = personaNamed('aino-lake-weaver')
const { home } = world
const config = simulator.parse({})

const planner = (script: Script, hoursPerCall = 4) => {
  const model = new ScriptedModel(script)
  const llm = { ...config.llm, hoursPerCall }
  return { model, planner: new LlmPlanner({ model, persona, home, prompts, simulator: { llm }, seed: 1 }) }
}

const outline = (wake = '07:00', sleep = '23:00', schedule = ['07:00', '12:00', '19:30']) =>
  JSON.stringify({ wake, sleep, schedule: schedule.map((start) => ({ start, what: `things of ${start}` })) })

/** The minutes of the stretch that a request asks for. */
const stretchOf = ({ messages }: GenerateRequest): number =>
  Number(/\((\d+) minutes\)/.exec(messages[1]!.content)![1])

const isOutline = ({ json }: GenerateRequest): boolean => json!.name === 'day'

/** Actions of 10 minutes, in turn from the list. */
function actionsFor(request: GenerateRequest, names = ['knitting', 'making coffee', 'gardening']): string {
  const actions: object[] = []
  for (let left = stretchOf(request); left > 0; left -= 10) {
    const activity = names[actions.length % names.length]
    actions.push({ minutes: Math.min(left, 10), activity, room: null, action: 'looking at the lake' })
  }
  return JSON.stringify({ actions })
}

const plausible = (request: GenerateRequest): string => (isOutline(request) ? outline() : actionsFor(request))

/** Nearly always the first, so that whole days come out too. */
const mostly = <A, B>(plausible: fc.Arbitrary<A>, hostile: fc.Arbitrary<B>): fc.Arbitrary<A | B> =>
  fc.oneof({ weight: 40, arbitrary: plausible }, { weight: 1, arbitrary: hostile })

function expectWhole(day: PlannedDay): void {
  expect(day.actions[0]!.start).toBe(day.wake)
  expect(day.actions.at(-1)!.end).toBe(day.sleep)
  for (const [i, { start, end, activity, room, action }] of day.actions.entries()) {
    expect(end).toBeGreaterThan(start)
    expect(start).toBe(i === 0 ? day.wake : day.actions[i - 1]!.end)
    expect(home.activities).toHaveProperty([activity])
    expect(home.rooms).toHaveProperty([room])
    expect(action.startsWith(`${activity}: `)).toBe(true)
    expect(action).not.toMatch(/\p{Cc}/u)
  }
  expect(day.wake).toBeGreaterThanOrEqual(180)
  expect(day.wake).toBeLessThanOrEqual(840)
  expect(day.sleep - day.wake).toBeGreaterThanOrEqual(480)
  expect(day.sleep - day.wake).toBeLessThanOrEqual(1320)
}

describe('LlmPlanner', () => {
  it.each([
    [4, 5],
    [1, 17],
    [24, 2],
  ])('plans 16 hours with %i hours a call in %i calls', async (hoursPerCall, calls) => {
    const { model, planner: it } = planner(plausible, hoursPerCall)
    const day = await it.write(3, null)
    expectWhole(day)
    expect(day.weekday).toBe(2)
    expect(day.outline[1]).toBe('12:00 things of 12:00')
    expect(model.requests).toHaveLength(calls)
    expect(new Set(model.requests.map(({ address }) => address.join('/'))).size).toBe(calls)
  })

  it('puts a walk of a minute or two between rooms, across calls too, and keeps to the room that was said', async () => {
    const inGarden = (request: GenerateRequest): string =>
      isOutline(request)
        ? outline()
        : JSON.stringify({
            actions: [
              {
                minutes: stretchOf(request) - 30,
                activity: 'Knitting',
                room: 'garden',
                action: 'knitting: a row',
              },
              { minutes: 30, activity: 'making coffee', action: 'pouring\u0000 a\ncup' },
            ].flatMap((action) =>
              Array.from({ length: 3 }, () => ({ ...action, minutes: action.minutes / 3 })),
            ),
          })
    const { actions } = await planner(inGarden).planner.write(1, null)
    expect(actions[0]).toMatchObject({ activity: 'knitting', room: 'garden', action: 'knitting: a row' })
    const walks = actions.filter(({ activity }) => activity === WALKING)
    expect(walks).toHaveLength(7)
    expect(walks.every(({ start, end }) => end - start <= 2)).toBe(true)
    expect(walks[1]!.action).toBe('walking: from the kitchen to the garden')
    expect(actions.at(-1)!.action).toBe('making coffee: pouring a cup')
  })

  it('shows each call what came before, and the day the one before it', async () => {
    const { model, planner: it } = planner(plausible)
    const first = await it.write(1, null)
    const second = await it.write(2, first)
    expect(second.outline).toEqual(first.outline)
    const [plan, morning, noon] = model.requests.slice(5).map(({ messages }) => messages[1]!.content)
    expect(plan).toContain('12:00 things of 12:00')
    expect(plan).toContain('Plan Tuesday.')
    expect(morning).toContain('The day begins.')
    expect(noon).toContain('07:00 knitting\n')
    expect(noon).toContain('knitting: looking at the lake')
    expect(noon).toContain('from 11:00 to 15:00 (240 minutes)')
  })

  it('has the same system text for all calls of a kind, so that a server can cache it', async () => {
    const { model, planner: it } = planner(plausible)
    await it.write(2, await it.write(1, null))
    const systems = new Set(model.requests.map(({ messages }) => messages[0]!.content))
    expect(systems.size).toBe(2)
    for (const system of systems) expect(system).toContain('Aino Kettunen')
  })

  it('names the activities and rooms in the form of the reply', async () => {
    const { model, planner: it } = planner(plausible)
    await it.write(1, null)
    const text = JSON.stringify(model.requests[1]!.json!.schema)
    expect(text).toContain(JSON.stringify(activityNames(home)))
    expect(text).not.toContain(`"${WALKING}"`)
    expect(text).toContain(JSON.stringify(Object.keys(home.rooms)))
    expect(text).toContain('"required":["minutes","activity","room","action"]')
  })

  it('reads times after midnight in both ways of writing them', async () => {
    const late = (request: GenerateRequest): string =>
      isOutline(request)
        ? outline('10:15', '01:30', ['10:15', '18:00', '24:20', '00:40'])
        : actionsFor(request)
    const day = await planner(late).planner.write(6, null)
    expectWhole(day)
    expect(day.sleep).toBe(25 * 60 + 30)
    expect(day.outline.slice(2)).toEqual(['24:20 things of 24:20', '24:40 things of 00:40'])
  })

  it.each([
    [outline('02:00', '20:00'), 'getting up at 02:00 is not between 03:00 and 14:00'],
    [outline('07:00', '13:00', ['07:00', '08:00']), 'awake for 6.0 hours, not for 8 to 22'],
    [outline('07:00', '23:00', ['07:00', '13:00', '12:00']), 'the schedule is not in order at 12:00'],
    [outline('07:00', '20:00', ['07:00', '21:00']), '21:00 of the schedule is after falling asleep'],
    [outline('7 am'), 'wake: expected a time such as "07:30"'],
  ])('tells the model what is wrong with %s', async (reply, problem) => {
    let plans = 0
    const { model, planner: it } = planner((request) =>
      isOutline(request) ? (plans++ === 0 ? reply : outline()) : actionsFor(request),
    )
    expectWhole(await it.write(1, null))
    const [, , said, repair] = model.requests[1]!.messages
    expect(said).toEqual({ role: 'assistant', content: reply })
    expect(repair!.content).toContain(problem)
  })

  it.each([
    [
      { actions: [{ minutes: 100, activity: 'knitting', room: null, action: 'x' }] },
      'add up to 100, but the stretch has 240',
    ],
    [
      { actions: [{ minutes: 60, activity: 'knit', room: null, action: 'x' }] },
      '"knit" is no activity of the list',
    ],
    [
      { actions: [{ minutes: 60, activity: 'walking', room: null, action: 'x' }] },
      '"walking" is no activity',
    ],
    [{ actions: [{ minutes: 60, activity: 'knitting', room: 'attic', action: 'x' }] }, '"attic" is no room'],
  ])('tells the model what is wrong with actions', async (reply, problem) => {
    let asked = 0
    const { model, planner: it } = planner((request) =>
      isOutline(request) ? outline() : asked++ === 0 ? JSON.stringify(reply) : actionsFor(request),
    )
    expectWhole(await it.write(1, null))
    expect(model.requests[2]!.messages[3]!.content).toContain(problem)
  })

  it('begins a new conversation at another address, and gives up after three', async () => {
    const { model, planner: it } = planner((request) =>
      isOutline(request) ? outline() : 'I would rather not.',
    )
    const error: unknown = await it.write(1, null).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(AttuneError)
    expect(error).toMatchObject({ code: 'PLAN_UNREADABLE', kind: 'model' })
    expect((error as AttuneError).message).toContain('there is no JSON object in the reply')
    expect(model.requests).toHaveLength(7)
    const addresses = model.requests.slice(1).map(({ address }) => address.slice(-2))
    expect(addresses).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 1],
    ])
  })

  it('lives on after two conversations that led nowhere', async () => {
    let asked = 0
    const { planner: it } = planner((request) =>
      isOutline(request) ? (asked++ < 4 ? '{"wake": ' : outline()) : actionsFor(request),
    )
    expectWhole(await it.write(1, null))
  })

  it('tries again where the model refuses, and throws where it cannot be reached', async () => {
    let asked = 0
    const failing = (code: string) =>
      planner((request) => {
        if (asked++ === 0) throw new AttuneError(code, 'model', 'no text')
        return plausible(request)
      })
    const refused = failing('MODEL_REFUSED')
    expectWhole(await refused.planner.write(1, null))
    expect(refused.model.requests[1]!.address.slice(-2)).toEqual([1, 0])
    asked = 0
    await expect(failing('MODEL_UNREACHABLE').planner.write(1, null)).rejects.toMatchObject({
      code: 'MODEL_UNREACHABLE',
    })
  })

  it('yields a day without gaps or PLAN_UNREADABLE, whatever is replied', { timeout: 20_000 }, async () => {
    const time = fc.oneof(
      fc
        .integer({ min: 0, max: 1800 })
        .map((m) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`),
      fc.constantFrom('07:00', '23:30', '00:30', '99:99', 'noon', ''),
    )
    const plan = fc.record({
      wake: mostly(fc.constantFrom('06:10', '07:45', '13:00'), time),
      sleep: mostly(fc.constantFrom('22:05', '24:40', '01:15'), time),
      schedule: mostly(
        fc.constant([
          { start: '13:30', what: 'lunch' },
          { start: '19:01', what: 'dinner' },
        ]),
        fc.array(fc.record({ start: time, what: fc.string() }), { maxLength: 5 }),
      ),
    })
    const action = fc.record({
      minutes: mostly(fc.integer({ min: 1, max: 60 }), fc.constantFrom(0, -3, 1e9, 2.5, '5', null)),
      activity: mostly(
        fc.constantFrom(...activityNames(home), 'KNITTING'),
        fc.constantFrom('__proto__', 'toString', WALKING, ''),
      ),
      room: mostly(
        fc.constantFrom(null, ...Object.keys(home.rooms)),
        fc.constantFrom('attic', 'constructor'),
      ),
      action: fc.string({ unit: 'binary' }),
    })
    const replies = fc.record({
      plan: mostly(
        plan.map((p) => JSON.stringify(p)),
        fc.string(),
      ),
      actions: fc.array(action, { minLength: 1, maxLength: 20 }),
      fit: fc.integer({ min: 0, max: 9 }),
    })
    let whole = 0
    await fc.assert(
      fc.asyncProperty(replies, async ({ plan, actions, fit }) => {
        const script = (request: GenerateRequest): string => {
          if (isOutline(request)) return plan
          const total = actions.reduce((sum, { minutes }) => sum + Number(minutes), 0)
          const scale = stretchOf(request) / total
          const fitted = actions.map((one) =>
            typeof one.minutes === 'number' && fit > 0
              ? { ...one, minutes: Math.max(1, Math.round(one.minutes * scale)) }
              : one,
          )
          return JSON.stringify({ actions: fitted })
        }
        try {
          expectWhole(await planner(script).planner.write(1, null))
          whole++
        } catch (error) {
          if (!AttuneError.is(error) || error.code !== 'PLAN_UNREADABLE') throw error
        }
      }),
      { numRuns: 200, seed: 7 },
    )
    expect(whole).toBeGreaterThan(30)
  })
})
