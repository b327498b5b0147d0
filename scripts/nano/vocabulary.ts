import { type Catalogue, TONES, catalogueSentences } from '../../configs/catalogue.js'
import type { Home } from '../../configs/home.js'
import { CRITERIA, NO_RECOMMENDATION } from '../../datasets/schema.js'
import { COUNT_NAMES, PARTS, SINCE_NAMES, WEEKDAYS, hourName } from '../../assistant/prompt/buckets.js'

/** Every word of the nano model: prompts of all situations, all sentences of the catalogue, silence. */
export function vocabulary(home: Home, catalogue: Catalogue): string[] {
  const words = new Set<string>()
  const add = (text: string): void => {
    for (const word of text.match(/=>|[.,?!:;']|[^\s.,?!:;']+/g) ?? []) words.add(word)
  }
  add('=> . , ? ! : ; now last silence something not fine 00m 30m')
  add(NO_RECOMMENDATION)
  for (const list of [WEEKDAYS, PARTS, SINCE_NAMES, COUNT_NAMES, TONES, CRITERIA]) list.forEach(add)
  for (let hour = 0; hour < 24; hour++) add(hourName(hour))
  for (let score = 0; score <= 4; score++) add(`s${score}`)
  Object.keys(home.rooms).forEach(add)
  Object.keys(home.activities).forEach(add)
  for (const [topic, { variants }] of Object.entries(catalogue.topics))
    add([topic, ...Object.keys(variants)].join(' '))
  for (const sentence of catalogueSentences(catalogue).keys()) add(sentence)
  return [...words]
}
