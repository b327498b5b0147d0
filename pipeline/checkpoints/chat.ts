import { createInterface } from 'node:readline'
import { parseReply } from '../../assistant/parse-reply.js'
import { compactPrompt } from '../../assistant/prompt/compact.js'
import { catalogueSentences } from '../../configs/catalogue.js'
import type { World } from '../../configs/load-world.js'
import type { RunConfig } from '../../configs/schema.js'
import type { ChatModel, Choice } from '../../models/chat-model.js'
import { parseMoment } from './parse-moment.js'

/** What a model might say, likeliest first. */
export interface ChatCandidate {
  /** null: it stays silent. */
  text: string | null
  /** Log-probability of the whole reply at temperature 1; null where the model does not tell. */
  logProb: number | null
  /** Draws that came out as this reply. */
  times: number
}

/** One line answered. */
export type ChatTurn =
  { typed: string; prompt: string; candidates: ChatCandidate[] } | { typed: string; problem: string }

export interface ChatOptions {
  model: ChatModel
  config: RunConfig
  world: World
  /** Replies drawn for a line. */
  candidates: number
}

/** Compact prompts want three times what a sentence takes; chats have room to explain themselves. */
const MOST_TOKENS = { compact: 24, chat: 256 } as const

/**
 * Answers typed lines: a moment (`14:30 kitchen making coffee`) for compact prompts, told as one without memory and
 * before the first delivery of its day; any text for chat models. The same lines get the same replies.
 */
export class CheckpointChat {
  #lines = 0

  constructor(private readonly options: ChatOptions) {}

  /** @throws AttuneError of kind `model` when a reply could not be had */
  async answer(typed: string): Promise<ChatTurn> {
    const { model, config, world, candidates } = this.options
    const { assistant, seed } = config
    const meanings = catalogueSentences(world.catalogue)
    const compact = assistant.prompt === 'compact'
    let prompt = typed.trim()
    if (compact) {
      const moment = parseMoment(typed, world.home)
      if (typeof moment === 'string') return { typed, problem: moment }
      const deliveries = { sinceDelivery: null, lastHour: 0, today: 0 }
      prompt = compactPrompt({ moment, deliveries, events: [], content: 'none' }, meanings)
    }
    const { temperature, topP, minP, maxTokens } = assistant
    const [reply] = await model.generate([
      {
        messages: [{ role: 'user', content: prompt }],
        n: candidates,
        sampling: { temperature, topP, minP, maxTokens: maxTokens ?? MOST_TOKENS[assistant.prompt] },
        address: [seed, 'chat', this.#lines++],
      },
    ])
    const read = (text: string): string | null => {
      const parsed = compact ? parseReply(text, meanings) : null
      return parsed && !parsed.malformed ? parsed.text : text.trim()
    }
    return { typed, prompt, candidates: merged(reply!.choices, read) }
  }
}

function merged(choices: readonly Choice[], read: (text: string) => string | null): ChatCandidate[] {
  const found = new Map<string | null, ChatCandidate>()
  for (const { text: raw, logProb = null } of choices) {
    const text = read(raw)
    const known = found.get(text)
    if (known) known.times++
    else found.set(text, { text, logProb, times: 1 })
  }
  return [...found.values()].toSorted((a, b) => (b.logProb ?? 0) - (a.logProb ?? 0) || b.times - a.times)
}

/** A turn as lines for people. Ends without a line break. */
export function turnText(turn: ChatTurn): string {
  if ('problem' in turn) return turn.problem
  return turn.candidates
    .map(({ text, logProb, times }) => {
      const share = times === 1 ? '' : `  (${times} times)`
      return `${(logProb?.toFixed(2) ?? '').padStart(7)}  ${text ?? '(silent)'}${share}`
    })
    .join('\n')
}

export interface ChatLoop {
  input: NodeJS.ReadableStream
  /** Shown before each line is typed; null where nobody types. */
  ask: (() => void) | null
  /** Takes what stands for a turn, in order. */
  say: (turn: ChatTurn) => Promise<void>
}

/** Reads lines to the end of the input; empty ones are passed over. */
export async function chatLoop(chat: CheckpointChat, { input, ask, say }: ChatLoop): Promise<void> {
  const lines = createInterface({ input, crlfDelay: Infinity })
  ask?.()
  for await (const line of lines) {
    if (line.trim() !== '') await say(await chat.answer(line))
    ask?.()
  }
}
