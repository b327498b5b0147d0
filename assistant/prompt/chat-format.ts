import type { AssistantConfig } from '../../configs/schema.js'
import type { JsonFormat } from '../../models/chat-model.js'

export type ReasonPlace = AssistantConfig['reason']

/** What a chat reply says. */
export interface ChatReply {
  /** Null is silence. */
  recommendation: string | null
  /** Not written where no reason is asked for. */
  reason: string
}

const TEXT = { type: 'string' }
const TEXT_OR_NULL = { anyOf: [TEXT, { type: 'null' }] }

/** The parts of a reply in the order in which the model is to write them. */
function partsOf(reason: ReasonPlace): readonly (keyof ChatReply)[] {
  if (reason === 'none') return ['recommendation']
  return reason === 'before' ? ['reason', 'recommendation'] : ['recommendation', 'reason']
}

/** The form of a reply, for servers that can enforce it. @param silence null is a recommendation too */
export function replyFormat(reason: ReasonPlace, silence: boolean): JsonFormat {
  const parts = partsOf(reason)
  const forms = { reason: TEXT, recommendation: silence ? TEXT_OR_NULL : TEXT }
  return {
    name: 'recommendation',
    schema: {
      type: 'object',
      properties: Object.fromEntries(parts.map((part) => [part, forms[part]])),
      required: parts,
      additionalProperties: false,
    },
  }
}

/** The same in words, for servers that cannot. */
export function formatText(reason: ReasonPlace): string {
  const said = {
    reason: '"<one sentence: why you speak, or why you stay silent>"',
    recommendation: '"<your words to the user>"',
  }
  const silent = { ...said, recommendation: 'null' }
  const form = (values: ChatReply): string => written(reason, values, (value) => value ?? 'null')
  return [
    'Reply with one JSON object and nothing else. To say something:',
    form(said),
    'To stay silent:',
    form(silent),
  ].join('\n')
}

/** A reply as a model writes it: keys in the order asked for, one space after `:` and `,`. */
export function writeReply(reason: ReasonPlace, reply: ChatReply): string {
  return written(reason, reply, (value) => JSON.stringify(value))
}

function written(reason: ReasonPlace, reply: ChatReply, value: (part: string | null) => string): string {
  return `{${partsOf(reason)
    .map((part) => `"${part}": ${value(reply[part])}`)
    .join(', ')}}`
}
