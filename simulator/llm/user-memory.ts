import type { AnyPersona } from '../../configs/persona.js'
import type { Prompts } from '../../configs/prompts.js'
import type { SimulatorConfig } from '../../configs/schema.js'
import type { DayEvent } from '../../datasets/events/day-event.js'
import { extractive } from '../../datasets/events/extractive.js'
import { HourlySummaries, type Summarise } from '../../datasets/events/hourly-summaries.js'
import type { Moment, RatedCandidate } from '../../datasets/schema.js'
import type { ChatModel } from '../../models/chat-model.js'
import { ModelSummariser } from '../../models/summariser.js'
import { clockText } from '../plan-day.js'
import type { CallOptions } from '../user-agent.js'
import { cleanText } from '../../common/clean-text.js'
import { WEEKDAYS } from './moment-text.js'
import { withoutMarks } from './quote-data.js'

/** Characters of what was said at an event. */
const MOST_SAID = 300
/** Times at which something was said that are told one by one. */
const MOST_TIMES = 12

export interface UserMemoryOptions {
  persona: AnyPersona
  model: ChatModel
  prompts: Prompts
  simulator: Pick<SimulatorConfig, 'llm'>
  seed: number
}

/**
 * What the user remembers of its day (paper, section 3): the last hour's events in full, a running summary of the hour,
 * hourly summaries, and 4-hourly ones in place of four. Days are forgotten at their end.
 */
export class UserMemory {
  #events: DayEvent[] = []
  readonly #summaries: HourlySummaries

  constructor({ persona, model, prompts, simulator, seed }: UserMemoryOptions) {
    const summariser = new ModelSummariser({ model, prompts })
    const byModel: Summarise = ({ from, to }, events, parts, signal) => {
      const { day, weekday } = events[0]!.moment
      const request = {
        address: [seed, persona.id, day, from, 'user-summary', to - from],
        fallback: extractive(events),
      }
      const span = `${WEEKDAYS[weekday]}, ${clockText(from * 60)} to ${clockText(to * 60)}`
      const options = signal ? { signal } : {}
      if (parts.length === 0) {
        return summariser.hour({ ...request, hour: span, events: linesOf(events).join('\n') }, options)
      }
      const summaries = parts.map(({ text }) => text).join('\n')
      return summariser.hours({ ...request, hours: span, summaries }, options)
    }
    this.#summaries = new HourlySummaries(simulator.llm.summaries === 'model' ? byModel : null)
  }

  startDay(): void {
    this.#events = []
  }

  add(moment: Moment, { text, rating }: RatedCandidate): void {
    this.#events.push({ moment, text, rating })
  }

  /** The memory as a prompt has it. @throws what the summarising model throws */
  async text({ minute }: Moment, { signal }: CallOptions = {}): Promise<string> {
    const events = this.#events.filter(({ moment }) => moment.minute < minute)
    if (events.length === 0) return 'The day has only begun; nothing was said yet.'
    const summaries = await this.#summaries.at(events, minute, signal)
    const lastHour = events.filter(({ moment }) => moment.minute >= minute - 60)
    const parts = [
      'Your day so far:',
      ...summaries.map(({ text }) => `- ${text}`),
      'The last hour:',
      ...linesOf(lastHour).map((line) => `- ${line}`),
      tally(events, minute),
    ]
    return withoutMarks(parts.join('\n'))
  }
}

/** A line for each event; steps in a row that are the same but for their time share one. */
function linesOf(events: readonly DayEvent[]): string[] {
  const lines: { from: number; what: string }[] = []
  for (const { moment, text } of events) {
    const said = text === null ? 'nothing was said' : `the assistant said "${cleanText(text, MOST_SAID)}"`
    const what = `${moment.action} (${moment.room}); ${said}`
    if (text === null && lines.at(-1)?.what === what) continue
    lines.push({ from: moment.minute, what })
  }
  return lines.map(({ from, what }) => `${clockText(from)} ${what}`)
}

/** Counted rather than left to the model: the frequency is judged by it. */
function tally(events: readonly DayEvent[], now: number): string {
  const times = events.filter(({ text }) => text !== null).map(({ moment }) => moment.minute)
  if (times.length === 0) return 'The assistant has said nothing today.'
  const ago = Math.round(now - times.at(-1)!)
  const count = times.length === 1 ? 'once' : `${times.length} times`
  const latest = times.slice(-MOST_TIMES).map(clockText).join(', ')
  const told = times.length > MOST_TIMES ? `of late at ${latest}` : `at ${latest}`
  return `The assistant spoke ${count} today, ${told}; the last time ${ago} minutes ago.`
}
