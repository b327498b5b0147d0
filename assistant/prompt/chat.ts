import { AttuneError } from '../../common/error.js'
import type { AnyPersona } from '../../configs/persona.js'
import type { Prompts } from '../../configs/prompts.js'
import type { AssistantConfig } from '../../configs/schema.js'
import type { DayEvent } from '../../datasets/events/day-event.js'
import type { Moment } from '../../datasets/schema.js'
import type { ChatMessage } from '../../models/chat-model.js'
import { cleanLines } from '../../common/clean-text.js'
import type { EventView } from '../memory/event-view.js'
import type { RetrievalRules } from '../memory/memory.js'
import { MOST_TEXT, parseChatReply } from '../parse-chat-reply.js'
import { formatText, replyFormat, writeReply } from './chat-format.js'
import { eventLine, nowText } from './chat-lines.js'
import { personaBlock } from './persona-block.js'
import type { PromptStyle, ReadReply, Situation, Wording, WrittenPrompt } from './style.js'

/** Reasons of replies that no model wrote: forced silences, and what the user would rather have heard. */
const REASON_TO_BE_SILENT = 'Nothing that I could say now would be welcome.'
const REASON_TO_SPEAK = 'This is what the user would like to hear now.'

export interface ChatStyleOptions {
  config: AssistantConfig
  prompts: Prompts
  view: EventView
  persona: AnyPersona | null
}

/** For any instruction-tuned model: what is constant in the system message, memory and moment in the user's, JSON back. */
export class ChatStyle implements PromptStyle {
  readonly retrievalRules: RetrievalRules = {
    sought: ({ action }: Moment) => action,
    found: ({ moment, text }: DayEvent) =>
      text === null || this.options.config.memory.content === 'A'
        ? moment.action
        : `${moment.action}: ${text}`,
    latestToo: false,
  }
  readonly #persona: string

  /** @throws AttuneError ASSISTANT_PERSONA_MISSING when the persona is to be told and is not given */
  constructor(private readonly options: ChatStyleOptions) {
    const { config, persona } = options
    if (config.persona && persona === null) {
      throw new AttuneError(
        'ASSISTANT_PERSONA_MISSING',
        'usage',
        'the assistant is to be told who the user is',
        {
          key: 'assistant.persona',
          hint: 'Give ModelAssistant the persona, or set assistant.persona to false.',
        },
      )
    }
    this.#persona = config.persona && persona ? personaBlock(persona) : ''
  }

  write(situation: Situation): WrittenPrompt {
    const { config, prompts } = this.options
    const { system, user } = prompts.fill('assistant', {
      format: formatText(config.reason),
      persona: this.#persona,
      memory: this.#memory(situation) || '(nothing)',
      now: nowText(situation.moment, situation.deliveries),
    })
    const asked = situation.asked ? prompts.fill('assistant-asked', {}).user : null
    return {
      // an empty persona leaves a gap
      system: system?.replaceAll(/\n{3,}/g, '\n\n') ?? null,
      user: asked === null ? user : `${user}\n\n${asked}`,
    }
  }

  ask({ system, user }: WrittenPrompt): Wording {
    const messages: ChatMessage[] = [{ role: 'user', content: user }]
    if (system !== null) messages.unshift({ role: 'system', content: system })
    return { messages, json: replyFormat(this.options.config.reason, true) }
  }

  askToSpeak({ system, user }: WrittenPrompt): Wording {
    const { config, prompts } = this.options
    const speak = prompts.fill('assistant-speak', {}).user
    return {
      ...this.ask({ system, user: `${user}\n\n${speak}` }),
      json: replyFormat(config.reason, false),
    }
  }

  read(raw: string): ReadReply {
    const place = this.options.config.reason
    const { text, malformed, reason } = parseChatReply(raw, place)
    if (!malformed) return { text, malformed, reply: writeReply(place, { recommendation: text, reason }) }
    const written = cleanLines(raw, MOST_TEXT)
    return { text, malformed, reply: written === text ? null : written }
  }

  replyFor(text: string | null): string {
    const reason = text === null ? REASON_TO_BE_SILENT : REASON_TO_SPEAK
    return writeReply(this.options.config.reason, { recommendation: text, reason })
  }

  #memory({ moment, recollection, summaries }: Situation): string {
    const line = (event: DayEvent): string => eventLine(this.options.view.of(event), moment)
    return [
      section(
        'Today so far:',
        summaries.map(({ text }) => text),
      ),
      section('The latest moments:', recollection.latest.map(line)),
      section(
        'Moments of the past that resemble this one:',
        recollection.retrieved.map(({ event }) => line(event)),
      ),
    ]
      .filter(Boolean)
      .join('\n')
  }
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : [title, ...lines.map((line) => `- ${line}`)].join('\n')
