import { expect, test } from 'vitest'
import { allowedReplies } from '../../assistant/grammar.js'
import { parseReply } from '../../assistant/parse-reply.js'
import { catalogueSentences } from '../../configs/catalogue.js'
import { NO_RECOMMENDATION } from '../../datasets/schema.js'
import { assistantConfig, world } from './helpers.js'

const sentences = catalogueSentences(world.catalogue)

test('No Recommendation as a whole is silence', () => {
  expect(parseReply(NO_RECOMMENDATION, sentences)).toEqual({ text: null, malformed: false })
  expect(parseReply(` ${NO_RECOMMENDATION}\n`, sentences)).toEqual({ text: null, malformed: false })
})

test.each([`${NO_RECOMMENDATION}.`, `I say: ${NO_RECOMMENDATION}`, 'no recommendation', 'No', ''])(
  '"%s" is neither silence nor a sentence: malformed',
  (reply) => {
    expect(parseReply(reply, sentences)).toEqual({ text: reply, malformed: true })
  },
)

test('every sentence of the catalogue is a recommendation', () => {
  for (const text of sentences.keys()) expect(parseReply(text, sentences)).toEqual({ text, malformed: false })
})

test('a sentence cut short is malformed', () => {
  expect(parseReply('Next: some soft', sentences).malformed).toBe(true)
})

test('without grammar all words are a recommendation, marks alone are not', () => {
  const text = `There is ${NO_RECOMMENDATION} better than jazz.`
  expect(parseReply(text, null)).toEqual({ text, malformed: false })
  expect(parseReply(NO_RECOMMENDATION, null).text).toBeNull()
  expect(parseReply(' ... ', null)).toEqual({ text: '...', malformed: true })
})

test('the grammar allows the sentences and silence, and nothing else', () => {
  const replies = allowedReplies({ ...assistantConfig, grammar: 'catalogue' }, world.catalogue)!
  expect(replies).toHaveLength(sentences.size + 1)
  expect(replies.every((reply) => !parseReply(reply, sentences).malformed)).toBe(true)
  expect(allowedReplies({ ...assistantConfig, grammar: 'none' }, world.catalogue)).toBeNull()
})
