import type { ReplayConfig } from '../../configs/schema.js'
import { type Address, randomAt } from '../../common/random.js'
import type { PreferencePair } from '../schema.js'
import { drawStratified } from './stratified.js'

/**
 * The pairs a night trains on, in training order, without repetition. The same address gives the same night.
 *
 * - `uniform`: `count` of all days so far, all alike.
 * - `today-plus-earlier`: all of today and as many drawn from earlier days; `count` plays no part.
 * - `stratified`: `count`, more evenly by kind and time since the last delivery than they come, part of them recent.
 *
 * @param pairsByDay the pairs of day d at index d - 1
 * @param today day of the run, from 1; later days are left out
 * @param address of the draw, e.g. seed, persona, day
 */
export function drawNight(
  pairsByDay: readonly (readonly PreferencePair[])[],
  today: number,
  config: ReplayConfig,
  address: Address,
): PreferencePair[] {
  const random = randomAt(...address, 'replay')
  const soFar = pairsByDay.slice(0, today)
  if (config.strategy === 'uniform') return random.shuffle(soFar.flat()).slice(0, config.count)
  if (config.strategy === 'today-plus-earlier') {
    const news = soFar[today - 1] ?? []
    const earlier = random.shuffle(soFar.slice(0, today - 1).flat()).slice(0, news.length)
    return random.shuffle([...news, ...earlier])
  }
  const split = Math.max(0, today - config.recentDays)
  return random.shuffle(
    drawStratified(soFar.slice(split).flat(), soFar.slice(0, split).flat(), config, random),
  )
}
