import type { Prompts } from '../configs/prompts.js'
import { HourlySummaries, type Summarise } from '../datasets/events/hourly-summaries.js'
import type { ChatModel } from '../models/chat-model.js'
import { ModelSummariser } from '../models/summariser.js'
import type { EventView } from './memory/event-view.js'
import { clockOf, eventLines, weekdayOf } from './prompt/chat-lines.js'

export interface DaySummariesOptions {
  model: ChatModel
  prompts: Prompts
  view: EventView
  seed: number
}

/** Summaries that the assistant's own model writes, each finished span once; they tell only what memory may show. */
export function summariesByModel({ model, prompts, view, seed }: DaySummariesOptions): HourlySummaries {
  const summariser = new ModelSummariser({ model, prompts })
  const write: Summarise = ({ from, to }, events, parts, signal) => {
    const { persona, day, weekday } = events[0]!.moment
    const address = [seed, persona, day, 'summary', from, to]
    const request = { address, fallback: view.byRule(events) }
    const span = `${weekdayOf({ weekday, minute: from * 60 })}, ${clockOf(from * 60)} to ${clockOf(to * 60)}`
    const options = signal ? { signal } : {}
    if (parts.length > 0) {
      const summaries = parts.map(({ text }) => text).join('\n')
      return summariser.hours({ ...request, hours: span, summaries }, options)
    }
    const lines = eventLines(events.map((event) => view.of(event)))
    return summariser.hour({ ...request, hour: span, events: lines.join('\n') }, options)
  }
  return new HourlySummaries(write, (events) => view.byRule(events))
}
