import type { PreferencePair } from '../../datasets/schema.js'

/**
 * Pairs as the JSONL of OpenAI, Azure, Together and Fireworks: one row a pair, one assistant message on each side
 * (https://platform.openai.com/docs/guides/direct-preference-optimization).
 */
export function preferenceJsonl(pairs: readonly PreferencePair[]): string {
  return pairs
    .map(({ system, prompt, chosen, rejected }) => {
      const user = { role: 'user', content: prompt }
      return JSON.stringify({
        input: { messages: system === null ? [user] : [{ role: 'system', content: system }, user] },
        preferred_output: [{ role: 'assistant', content: chosen }],
        non_preferred_output: [{ role: 'assistant', content: rejected }],
      })
    })
    .map((row) => `${row}\n`)
    .join('')
}
