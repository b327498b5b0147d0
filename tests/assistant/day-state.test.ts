import { expect, test } from 'vitest'
import { DayState } from '../../assistant/day-state.js'
import { momentAt } from './helpers.js'

test('counts deliveries of the last hour and of today, and forgets them overnight', () => {
  const day = new DayState()
  expect(day.at(480)).toEqual({ sinceDelivery: null, lastHour: 0, today: 0 })
  for (const minute of [480, 500, 545]) day.delivered(momentAt(minute))
  expect(day.at(550)).toEqual({ sinceDelivery: 5, lastHour: 2, today: 3 })
  expect(day.at(560)).toEqual({ sinceDelivery: 15, lastHour: 1, today: 3 })
  day.startDay()
  expect(day.at(480)).toEqual({ sinceDelivery: null, lastHour: 0, today: 0 })
})
