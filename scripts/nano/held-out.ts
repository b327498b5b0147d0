import type { World } from '../../configs/load-world.js'
import { Corpus } from './corpus.js'

const TEXTS = 32
/** Far from the seeds of the corpus and of the measured behaviour. */
const OTHER_SEED = 2_000_000

/**
 * Texts of the nano corpus that the base was not taught, as JSON lines `{ "text" }`: drawn with another seed, without
 * those that the `examples` of its training happen to hold too.
 */
export function heldOut({ home, catalogue }: World, seed: number, examples: number): string {
  const textOf = (corpus: Corpus, i: number): string => {
    const { prompt, reply } = corpus.example(i)
    return `${prompt} ${reply}`
  }
  const corpus = new Corpus(home, catalogue, seed)
  const taught = new Set(Array.from({ length: examples }, (_, i) => textOf(corpus, i)))
  const other = new Corpus(home, catalogue, seed + OTHER_SEED)
  const texts: string[] = []
  for (let i = 0; texts.length < TEXTS; i++) {
    const text = textOf(other, i)
    if (!taught.has(text)) texts.push(text)
  }
  return texts.map((text) => `${JSON.stringify({ text })}\n`).join('')
}
