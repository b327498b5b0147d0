import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { AttuneError } from '../../common/error.js'
import type { EndpointConfig } from '../../configs/schema.js'
import { estimateTokens } from './chat-request.js'

/** Texts that are counted exactly before their average length stands for further ones. */
const COUNTED = 1000
const REMEMBERED = 64

/**
 * How many tokens a text has for an entry of `models`: by its `tokenizer`, of which the first thousand texts are counted
 * exactly and further ones by what those came to, else 4 characters a token.
 *
 * @throws AttuneError TOKENIZER_INVALID (kind `config`), naming the key
 */
export function tokenCounter(name: string, { tokenizer }: EndpointConfig): (text: string) => number {
  if (tokenizer === null) return estimateTokens
  const library = open(name, resolve(tokenizer))
  const known = new Map<string, number>()
  let texts = 0
  let tokens = 0
  let characters = 0
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    if (texts >= COUNTED) return Math.ceil((text.length * tokens) / characters)
    const count = library.encode(text, { add_special_tokens: false }).ids.length
    texts++
    tokens += count
    characters += text.length
    // what is constant comes first and again
    if (known.size < REMEMBERED) known.set(text, count)
    return count
  }
}

function open(name: string, folder: string): Tokenizer {
  const file = join(folder, 'tokenizer.json')
  try {
    const config = join(folder, 'tokenizer_config.json')
    const read = (path: string): object => JSON.parse(readFileSync(path, 'utf8')) as object
    return new Tokenizer(read(file), existsSync(config) ? read(config) : {})
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AttuneError('TOKENIZER_INVALID', 'config', `there is no usable tokenizer: ${why}`, {
      file,
      key: `models.${name}.tokenizer`,
      hint: 'Name the folder with the tokenizer.json of the model, or leave the key out: 4 characters count as a token.',
      cause,
    })
  }
}
