import type { TokenizerFiles } from './tokenizer.js'

const SPECIAL = ['<pad>', '<eos>', '<unk>'] as const
const PUNCTUATION = ['.', ',', '?', '!', ':', ';']

/**
 * Files of a word-level tokenizer that Python `tokenizers` and `transformers` load with the same ids:
 * `<pad>` 0, `<eos>` 1, `<unk>` 2, then the words in the order given, each once.
 *
 * Text is split at white space; `. , ? ! : ; '` and `=>` stand apart; other words, hyphenated ones too, stay whole.
 * Decoding joins with spaces, none before punctuation and none around an apostrophe.
 */
export function makeWordTokenizer(words: Iterable<string>): TokenizerFiles {
  const vocab = new Map<string, number>()
  for (const word of [...SPECIAL, ...words]) if (!vocab.has(word)) vocab.set(word, vocab.size)
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'WhitespaceSplit' },
        { type: 'Split', pattern: { Regex: "=>|[.,?!:;']" }, behavior: 'Isolated', invert: false },
      ],
    },
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        // only joins with spaces: no word begins with ##
        { type: 'WordPiece', prefix: '##', cleanup: false },
        ...PUNCTUATION.map((mark) => ({ type: 'Replace', pattern: { String: ` ${mark}` }, content: mark })),
        { type: 'Fuse' },
        { type: 'Replace', pattern: { String: " ' " }, content: "'" },
      ],
    },
    model: { type: 'WordLevel', vocab: Object.fromEntries(vocab), unk_token: '<unk>' },
  }
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    pad_token: '<pad>',
    eos_token: '<eos>',
    unk_token: '<unk>',
    clean_up_tokenization_spaces: false,
    model_max_length: 1_000_000,
  }
  return {
    tokenizerJson: JSON.stringify(tokenizer, null, 1) + '\n',
    tokenizerConfigJson: JSON.stringify(config, null, 2) + '\n',
  }
}
