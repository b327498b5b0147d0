import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { AttuneError } from '../../common/error.js'

/** Contents of `tokenizer.json` and `tokenizer_config.json`. */
export interface TokenizerFiles {
  tokenizerJson: string
  tokenizerConfigJson: string
}

/** Most words whose ids are remembered. */
const CACHED_WORDS = 65_536

interface TokenizerJson {
  normalizer?: unknown
  post_processor?: unknown
  pre_tokenizer?: { type?: string; pretokenizers?: { type?: string }[] } | null
  added_tokens?: { content: string; lstrip?: boolean; rstrip?: boolean }[]
}

/** True when the ids of a text are those of its white-space separated words, one after the other. */
function isWordByWord(json: TokenizerJson): boolean {
  const first = json.pre_tokenizer?.pretokenizers?.[0] ?? json.pre_tokenizer
  if (json.normalizer || json.post_processor || first?.type !== 'WhitespaceSplit') return false
  return (json.added_tokens ?? []).every(
    (token) => !/\s/.test(token.content) && !token.lstrip && !token.rstrip,
  )
}

/** Text to token ids and back, by a Hugging Face tokenizer folder. No special tokens are added. */
export class Tokenizer {
  readonly vocabSize: number
  /** Ends a reply. */
  readonly eosTokenId: number
  readonly #library: HuggingFaceTokenizer
  readonly #words: Map<string, readonly number[]> | null

  /** @throws AttuneError TOKENIZER_INVALID (kind `data`) */
  constructor(
    readonly files: TokenizerFiles,
    file = 'tokenizer.json',
  ) {
    try {
      const json: TokenizerJson = JSON.parse(files.tokenizerJson)
      const config: { eos_token?: string | { content: string } } = JSON.parse(files.tokenizerConfigJson)
      // configurations before 2024 write special tokens as objects
      const eos = typeof config.eos_token === 'object' ? config.eos_token.content : config.eos_token
      this.#library = new HuggingFaceTokenizer(json, {
        ...config,
        ...(eos === undefined ? {} : { eos_token: eos }),
      })
      const id = eos === undefined ? undefined : this.#library.token_to_id(eos)
      if (id === undefined) throw new Error('it names no eos_token of its vocabulary')
      this.eosTokenId = id
      this.vocabSize = this.#library.get_vocab().size
      this.#words = isWordByWord(json) ? new Map() : null
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new AttuneError('TOKENIZER_INVALID', 'data', `${file} is not a usable tokenizer: ${why}`, {
        file,
        hint: 'Use the tokenizer.json and tokenizer_config.json of a Hugging Face model.',
        cause,
      })
    }
  }

  encode(text: string): number[] {
    const words = this.#words
    if (!words) return this.#encodeWhole(text)
    const ids: number[] = []
    for (const word of text.split(/\s+/)) {
      if (word === '') continue
      let known = words.get(word)
      if (!known) {
        if (words.size >= CACHED_WORDS) words.clear()
        known = this.#encodeWhole(word)
        words.set(word, known)
      }
      for (const id of known) ids.push(id)
    }
    return ids
  }

  /** Special tokens are left out. */
  decode(ids: readonly number[]): string {
    return ids.length === 0 ? '' : this.#library.decode([...ids], { skip_special_tokens: true })
  }

  #encodeWhole(text: string): number[] {
    return this.#library.encode(text, { add_special_tokens: false }).ids
  }
}
