import { beforeAll, describe, expect, test } from 'vitest'
import type { DayMetrics } from '../../../datasets/metrics/day-metrics.js'
import { wishedInterval } from '../../../pipeline/references/reference-policies.js'
import { REFERENCE_POLICIES, type ReferencePolicy } from '../../../configs/schema.js'
import { liveDays } from '../../../scripts/user/live-days.js'
import { mean, personaNamed, personas, world } from '../../simulator/helpers.js'

/** A Monday and a Saturday. */
const DAYS = [1, 6]

/** Days of each persona under each policy. */
const lived = {} as Record<ReferencePolicy, Map<string, DayMetrics[]>>

beforeAll(async () => {
  for (const policy of REFERENCE_POLICIES) {
    lived[policy] = new Map()
    for (const persona of personas) {
      const days = await liveDays({ persona, world, policy, days: DAYS })
      lived[policy].set(
        persona.id,
        days.map(({ metrics }) => metrics),
      )
    }
  }
})

const over = (policy: ReferencePolicy, figure: keyof DayMetrics): number =>
  mean([...lived[policy].values()].flat().map((day) => day[figure] as number | null))

test('the oracle reaches 4.0 on deliveries and an F1 above 0.95 with every persona', () => {
  for (const [id, days] of lived.oracle) {
    expect(mean(days.map(({ delivered }) => delivered)), id).toBe(4)
    expect(mean(days.map(({ f1 }) => f1)), id).toBeGreaterThan(0.95)
  }
})

test('who always speaks scores below 2 with every persona', () => {
  for (const [id, days] of lived.always) {
    expect(mean(days.map((day) => day.mean)), id).toBeLessThan(2)
    expect(mean(days.map(({ perHour }) => perHour)), id).toBeCloseTo(24, 10)
  }
})

test('silence has no delivery and an F1 of 0, though its mean is high', () => {
  for (const [id, days] of lived.silent) {
    for (const { deliveries, delivered, f1 } of days) {
      expect({ deliveries, delivered, f1 }, id).toEqual({ deliveries: 0, delivered: null, f1: 0 })
    }
  }
  expect(over('silent', 'mean')).toBeGreaterThan(3)
  expect(over('silent', 'mean')).toBeLessThan(over('oracle', 'mean') - 0.2)
})

test('the right time alone is not enough: the receptive timer has an F1 below 0.75', () => {
  expect(over('receptive-timer', 'f1')).toBeLessThan(0.75)
  const timing = mean(
    [...lived['receptive-timer'].values()].flat().map((day) => day.deliveredCriteria.timing),
  )
  expect(timing).toBe(1)
})

test('each thing known makes a better policy: always < timer < receptive timer < oracle', () => {
  for (const figure of ['f1', 'delivered'] as const) {
    const ladder = (['always', 'timer', 'receptive-timer', 'oracle'] as const).map((policy) =>
      over(policy, figure),
    )
    expect(ladder, figure).toEqual(ladder.toSorted((a, b) => a - b))
  }
})

describe('personas differ', () => {
  test('a policy made for one persona scores clearly worse with the others', async () => {
    const some = personas.filter((_, i) => i % 5 === 0)
    const others: DayMetrics[] = []
    for (const made of some) {
      for (const persona of some) {
        if (persona === made) continue
        const days = await liveDays({ persona, world, policy: 'oracle', days: [1], believed: made.wants })
        others.push(...days.map(({ metrics }) => metrics))
      }
    }
    expect(mean(others.map(({ delivered }) => delivered))).toBeLessThan(over('oracle', 'delivered') - 1)
    expect(mean(others.map(({ f1 }) => f1))).toBeLessThan(0.5 * over('oracle', 'f1'))
  })

  test('a policy that takes the wants for what they are is the oracle', async () => {
    const persona = personas[0]!
    const [believing] = await liveDays({
      persona,
      world,
      policy: 'oracle',
      days: [1],
      believed: persona.wants,
    })
    const [knowing] = await liveDays({ persona, world, policy: 'oracle', days: [1] })
    expect(believing!.records).toEqual(knowing!.records)
  })
})

test('the wished interval is the pace, or the windows over their counts', () => {
  const by = (frequency: object) => wishedInterval({ frequency } as never)
  expect(by({ by: 'pace', everyMinutes: 80 })).toBe(80)
  const windows = [
    { span: { from: 480, to: 600 }, count: 2 },
    { span: { from: 1080, to: 1200 }, count: 1 },
  ]
  expect(by({ by: 'windows', windows })).toBe(80)
})

test('a timer waits a wished interval after wake-up and after each delivery', async () => {
  const persona = personaNamed('zainab-new-mother')
  const [day] = await liveDays({ persona, world, policy: 'timer', days: [1] })
  const spoken = day!.records.filter(({ candidates }) => candidates[0]!.text !== null)
  const minutes = [day!.plan.wake, ...spoken.map(({ moment }) => moment.minute)]
  minutes.slice(1).forEach((minute, i) => expect(minute - minutes[i]!).toBeCloseTo(60, 0))
})
