import { describe, expect, test } from 'vitest'
import { catalogueSentences } from '../../configs/catalogue.js'
import { Understanding } from '../../simulator/understand.js'
import { world } from './helpers.js'

const understanding = new Understanding(world.catalogue)
const kindOf = (text: string): string => {
  const { topic, variant } = understanding.understand(text)
  return `${topic}: ${variant}`
}

test('every sentence of the catalogue is understood as it is meant', () => {
  const sentences = catalogueSentences(world.catalogue)
  expect(sentences.size).toBeGreaterThan(2000)
  for (const [text, meaning] of sentences)
    expect(understanding.understand(text)).toEqual({ text, ...meaning })
})

const PARAPHRASES: readonly (readonly [string, string])[] = [
  ['Maybe put on some jazz?', 'music: jazz'],
  ['Perhaps a nice cup of green tea would help you relax.', 'drink: tea'],
  ['You might want to refill your water bottle.', 'drink: water'],
  ['Time for an espresso, my friend!', 'drink: coffee'],
  ['Why not grab a handful of nuts?', 'snack: nuts'],
  ['An apple would be a healthy snack right now.', 'snack: fruit'],
  ['Try the lentil soup recipe tonight.', 'recipe: soup'],
  ['For dinner you could cook pasta with tomatoes.', 'recipe: pasta'],
  ['There is a new episode of your favourite true crime podcast.', 'podcast: crime'],
  ['Would you like to hear a podcast about ancient history?', 'podcast: history'],
  ['This is a good moment to continue your novel.', 'book: novel'],
  ['Shall we watch a documentary about wildlife tonight?', 'film: documentary'],
  ['Here are the local headlines for this morning.', 'news: local'],
  ['Want to check the football results and sports news?', 'news: sports'],
  ['Roll your neck and stretch your shoulders for a minute.', 'stretch: neck'],
  ['Give your eyes a rest from the screen.', 'stretch: eyes'],
  ['How about ten push ups or squats?', 'workout: strength'],
  ['Put on a song and dance for a while!', 'workout: dance'],
  ['Take a minute to breathe slowly.', 'calm: breathing'],
  ['A short guided meditation may calm you down.', 'calm: meditation'],
  ['You could call your mother this afternoon.', 'family: mother'],
  ['Invite a friend over for dinner on Friday.', 'friends: invite'],
  ['Maybe write a postcard to an old friend.', 'friends: letter'],
  ['Sketch something for ten minutes.', 'craft: drawing'],
  ['How about a quick game of chess?', 'play: chess'],
  ['Learn five new words in Spanish.', 'learn: language'],
  ['The plants need watering.', 'home: plants'],
  ['Write down your shopping list for tomorrow.', 'plan: list'],
  ['Write three things you are grateful for.', 'reflect: gratitude'],
  ['Sit up straight and check your posture.', 'health: posture'],
  ['Put a little money into your savings.', 'money: savings'],
  ['Remember to pay the power bill.', 'money: bills'],
]

test.each(PARAPHRASES)('"%s" is about %s', (text, kind) => {
  expect(kindOf(text)).toBe(kind)
})

test('a limit is recognised in free text, too', () => {
  expect(understanding.understand('Put a little money into your savings.').limit).toBe('money')
  expect(understanding.understand('You could call your mother this afternoon.').limit).toBe('private')
  expect(understanding.understand('Maybe put on some jazz?').limit).toBeNull()
})

test.each(['I hope you are well.', 'Hello there!', 'Good morning sunshine.', '...'])(
  '"%s" is about nothing a persona could like',
  (text) => {
    expect(kindOf(text)).toBe('something: unclear')
  },
)

describe('tone by marker words', () => {
  test.each([
    ['Perhaps some jazz, if you like.', 'gentle'],
    ['Some jazz.', 'brief'],
    ['Psst, jazz!', 'playful'],
    ['May I kindly suggest some jazz?', 'formal'],
    ['Dear friend, jazz is cosy.', 'warm'],
    ['Well done, you can have some jazz.', 'encouraging'],
  ])('"%s" is %s', (text, tone) => {
    expect(understanding.understand(text).tone).toBe(tone)
  })

  test('a marker inside another word is none', () => {
    expect(understanding.understand('You know the greatest lovely jazz.').tone).toBe('brief')
  })
})

describe('form by punctuation and verbs', () => {
  test.each([
    ['Would you like jazz?', ['question']],
    ['Jazz is on!', ['exclamation']],
    ['Put on some jazz.', ['order']],
    ['Please try some jazz.', ['order']],
    ['Some jazz right away.', ['urgency']],
    ['Hurry, put on jazz now!', ['exclamation', 'urgency']],
    ['Some quick lentil soup would be nice.', []],
    ['Some jazz would be nice.', []],
  ])('"%s": %j', (text, marks) => {
    expect(understanding.understand(text).marks).toEqual(marks)
  })
})
