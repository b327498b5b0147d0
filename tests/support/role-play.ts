import { createHash } from 'node:crypto'
import type { ChatBody } from './llm-server.js'

const SAID = [
  'How about a cup of green tea?',
  'A short walk in the garden would do you good now.',
  'There is a new episode of the history podcast you like.',
  'Put on some quiet jazz while you do that.',
  'Ring your sister, she had her exam today.',
]

/** A number of 0..1 that depends on all that is asked. */
function draw(body: ChatBody, i: number, purpose: string): number {
  const text = JSON.stringify([body.messages, body.seed ?? 0, i, purpose])
  return createHash('sha256').update(text).digest().readUInt32LE() / 2 ** 32
}

/**
 * Plays every role of attune for a test server: a valid reply to whatever form of JSON is asked for, the same for the
 * same request. A fifth of the assistant's replies say something.
 */
export function rolePlay(body: ChatBody, i: number): string {
  const schema = body.response_format?.json_schema?.schema
  const asked = new Set(Object.keys((schema?.['properties'] as object | undefined) ?? {}))
  const yes = (purpose: string, share: number): boolean => draw(body, i, purpose) < share
  const plain = (purpose: string, share: number) => ({
    reason: `Because of ${purpose}.`,
    holds: yes(purpose, share),
  })
  const often = { reason: 'By my count.', too_often: yes('often', 0.4), too_seldom: false }
  if (asked.has('wake')) return JSON.stringify(plan())
  if (asked.has('actions')) return JSON.stringify({ actions: actions(body) })
  if (asked.has('recommendation')) return JSON.stringify(recommendation(body, i, asked))
  if (asked.has('preference'))
    return JSON.stringify({
      preference: plain('taste', 0.6),
      timing: plain('the hour', 0.5),
      frequency: often,
      communication: plain('tone', 0.9),
    })
  if (asked.has('timing'))
    return JSON.stringify({
      timing: plain('the hour', 0.9),
      frequency: { reason: 'By my count.', too_seldom: yes('seldom', 0.1) },
    })
  if (asked.has('holds')) return JSON.stringify(plain('that', 0.6))
  if (asked.has('too_often')) return JSON.stringify(often)
  return 'Quiet hours, one word about tea.'
}

function plan(): object {
  const hours = Array.from({ length: 16 }, (_, hour) => hour + 7)
  const schedule = hours.map((hour) => ({
    start: `${String(hour).padStart(2, '0')}:00`,
    what: 'reading and tea',
  }))
  return { wake: '07:00', sleep: '23:00', schedule }
}

function actions(body: ChatBody): object[] {
  // a repair comes after the request itself
  const asked = body.messages.filter(({ role }) => role === 'user').map(({ content }) => content)
  const [, from, to] = /from (\d+:\d+) to (\d+:\d+)/.exec(asked.join('\n'))!
  const minutes = (text: string): number => Number(text.split(':')[0]) * 60 + Number(text.split(':')[1])
  const all: object[] = []
  let left = minutes(to!) - minutes(from!)
  for (let n = 0; left > 0; n++) {
    const length = Math.min(left, 20)
    const activity = ['reading', 'making coffee', 'gardening', 'answering emails'][n % 4]!
    all.push({ minutes: length, activity, room: null, action: `part ${n} of the morning paper` })
    left -= length
  }
  return all
}

function recommendation(body: ChatBody, i: number, asked: ReadonlySet<string>): object {
  const must = !JSON.stringify(body.response_format).includes('null')
  const speaks = must || draw(body, i, 'speak') < 0.2
  const said = speaks ? SAID[Math.floor(draw(body, i, 'what') * SAID.length)]! : null
  return asked.has('reason') ? { reason: 'It fits.', recommendation: said } : { recommendation: said }
}
