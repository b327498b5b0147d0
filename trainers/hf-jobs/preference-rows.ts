import type { PreferencePair } from '../../datasets/schema.js'

interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/**
 * Pairs in TRL's explicit-prompt form, one JSON row a line: messages as soon as one pair has a system message (all rows
 * of a dataset have one shape), plain text otherwise (https://huggingface.co/docs/trl/dataset_formats).
 */
export function preferenceRows(pairs: readonly PreferencePair[]): string {
  const talk = pairs.some(({ system }) => system !== null)
  return pairs
    .map((pair) => (talk ? conversation(pair) : plain(pair)))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('')
}

const plain = ({ prompt, chosen, rejected }: PreferencePair): object => ({ prompt, chosen, rejected })

function conversation({ system, prompt, chosen, rejected }: PreferencePair): object {
  const before: Message[] = system === null ? [] : [{ role: 'system', content: system }]
  const reply = (content: string): Message[] => [{ role: 'assistant', content }]
  return {
    prompt: [...before, { role: 'user', content: prompt }],
    chosen: reply(chosen),
    rejected: reply(rejected),
  }
}
