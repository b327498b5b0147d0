import type { Random } from '../../common/random.js'
import type { GenerateRequest } from '../../models/chat-model.js'

type Schema = Readonly<Record<string, unknown>>

/** A day of usual length: the paper's personas are awake for about as long. */
export const PRETEND_WAKE = 7 * 60
export const PRETEND_SLEEP = 23 * 60

/** Usual numbers of words, by the name of the property; a reason is one sentence. */
const WORDS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  reason: [12, 24],
  recommendation: [10, 20],
  what: [3, 7],
  action: [4, 9],
}
const OTHER_WORDS = [5, 15] as const
/** The prompts for summaries ask for 40 words at most. */
const SUMMARY_WORDS = [25, 40] as const

/** Shares of `true`, so that scores and memories look like those of a day with an untrained assistant. */
const TRUE: Readonly<Record<string, number>> = { holds: 0.6, too_often: 0.3, too_seldom: 0.1 }

const VOCABULARY =
  `a about after again and as at before brew bring call cup day dinner evening find fresh friend garden
give half hour if in it jazz kitchen later letter light lunch make morning music new not now of old on open over paper
piano plan quiet rather read rest room short sit some soon start take tea that the then this time to today try walk water
while window with write you your`.split(/\s+/)

export interface PretendHabits {
  /** Share of the assistant's replies that say something, 0..1. */
  speaks: number
}

/**
 * What a model might reply, without one: text that fits the form of JSON asked for, of usual length, and that the
 * readers of every role accept.
 */
export function pretendReply(
  { messages, json }: Pick<GenerateRequest, 'messages' | 'json'>,
  random: Random,
  habits: PretendHabits,
): string {
  if (!json) return sentence(random, SUMMARY_WORDS)
  const properties = propertiesOf(json.schema)
  if ('wake' in properties) return JSON.stringify(day(random))
  if ('actions' in properties) {
    const asked = messages.flatMap(({ content }) => [...content.matchAll(/\((\d+) minutes\)/g)]).at(-1)
    return JSON.stringify({ actions: actions(Number(asked?.[1] ?? 60), properties['actions'], random) })
  }
  return JSON.stringify(valueOf('', json.schema, random, habits))
}

function valueOf(name: string, schema: Schema, random: Random, habits: PretendHabits): unknown {
  if ('const' in schema) return schema['const']
  if (Array.isArray(schema['enum'])) return random.pick(schema['enum'])
  if (Array.isArray(schema['anyOf'])) {
    const forms = schema['anyOf'] as Schema[]
    const real = forms.filter(({ type }) => type !== 'null')
    const given = name === 'recommendation' ? habits.speaks : 0.5
    if (real.length < forms.length && random.next() >= given) return null
    return valueOf(name, real[0] ?? {}, random, habits)
  }
  switch (schema['type']) {
    case 'object':
      return Object.fromEntries(
        Object.entries(propertiesOf(schema)).map(([key, inner]) => [
          key,
          valueOf(key, inner, random, habits),
        ]),
      )
    case 'array':
      return [valueOf(name, (schema['items'] ?? {}) as Schema, random, habits)]
    case 'boolean':
      return random.next() < (TRUE[name] ?? 0.5)
    case 'integer':
    case 'number':
      return random.int(10)
    case 'null':
      return null
    // a form without a type, e.g. what a reader converts: true or false where a verdict is meant
    case undefined:
      return random.next() < (TRUE[name] ?? 0.5)
    default:
      return sentence(random, WORDS[name] ?? OTHER_WORDS)
  }
}

const propertiesOf = (schema: Schema): Readonly<Record<string, Schema>> =>
  (schema['properties'] ?? {}) as Record<string, Schema>

function sentence(random: Random, [least, most]: readonly [number, number]): string {
  const words = Array.from({ length: least + random.int(most - least + 1) }, () => random.pick(VOCABULARY))
  const text = words.join(' ')
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`
}

function day(random: Random): object {
  const entries = (PRETEND_SLEEP - PRETEND_WAKE) / 60
  const schedule = Array.from({ length: entries }, (_, i) => ({
    start: clock(PRETEND_WAKE + 60 * i),
    what: sentence(random, WORDS['what']!),
  }))
  return { wake: clock(PRETEND_WAKE), sleep: clock(PRETEND_SLEEP), schedule }
}

/** Actions of 5 to 20 minutes, as the prompt asks for, that fill a stretch. */
function actions(stretch: number, form: Schema, random: Random): object[] {
  const { activity } = propertiesOf((form['items'] ?? {}) as Schema)
  const names = (activity?.['enum'] ?? ['reading']) as string[]
  const all: object[] = []
  for (let left = stretch; left > 0;) {
    const minutes = Math.min(left, 5 + random.int(16))
    all.push({
      minutes,
      activity: random.pick(names),
      room: null,
      action: sentence(random, WORDS['action']!),
    })
    left -= minutes
  }
  return all
}

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
