import type { World } from '../../configs/load-world.js'
import { catalogueSentences } from '../../configs/catalogue.js'
import { parseReply } from '../../assistant/parse-reply.js'
import { openLocalModel } from '../../models/local.js'
import { Corpus } from './corpus.js'

/** How the base model behaves, sampled freely (no grammar), as shares of its replies. */
export interface BaseBehaviour {
  replies: number
  malformed: number
  silent: number
  /** Of the spoken ones: topic fits the activity. */
  plausible: number
}

const SITUATIONS = 500

/** Samples replies to situations that were not in the corpus and counts. */
export async function measureBase(
  folder: string,
  { home, catalogue }: World,
  seed: number,
): Promise<BaseBehaviour> {
  const model = await openLocalModel(folder)
  const corpus = new Corpus(home, catalogue, seed + 1_000_000)
  const meanings = catalogueSentences(catalogue)
  const activityIn = Object.keys(home.activities).toSorted((a, b) => b.length - a.length)
  const counts = { replies: 0, malformed: 0, silent: 0, spoken: 0, plausible: 0 }
  for (let i = 0; i < SITUATIONS; i++) {
    const { prompt } = corpus.example(i)
    const [reply] = await model.generate([
      {
        messages: [{ role: 'user', content: prompt }],
        n: 2,
        sampling: { temperature: 1, minP: 0.02, maxTokens: 24 },
        address: [seed, 'measure', i],
      },
    ])
    const now = prompt.slice(prompt.indexOf(' : ') + 3, prompt.indexOf(' . last'))
    const { fits } = { fits: home.activities[activityIn.find((name) => name === now)!]!.class }
    for (const { text } of reply!.choices) {
      const parsed = parseReply(text, meanings)
      counts.replies++
      if (parsed.malformed) counts.malformed++
      else if (parsed.text === null) counts.silent++
      else {
        counts.spoken++
        if (catalogue.topics[meanings.get(parsed.text)!.topic]!.fits.includes(fits)) counts.plausible++
      }
    }
  }
  await model.close()
  const { replies, malformed, silent, spoken, plausible } = counts
  return { replies, malformed: malformed / replies, silent: silent / replies, plausible: plausible / spoken }
}
