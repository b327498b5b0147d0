import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Tokenizer } from '../../../models/lm/tokenizer.js'
import { makeWordTokenizer } from '../../../models/lm/word-tokenizer.js'

const WORDS = [
  'a',
  'cup',
  'of',
  'tea',
  'please',
  'to-do',
  'list',
  '10',
  's3',
  'don',
  't',
  '=>',
  'monday',
  'how',
  'about',
]
const MARKS = ['.', ',', '?', '!', ':', ';', "'"]
const files = makeWordTokenizer([...WORDS, ...MARKS])
const tokenizer = new Tokenizer(files)
const library = new HuggingFaceTokenizer(
  JSON.parse(files.tokenizerJson),
  JSON.parse(files.tokenizerConfigJson),
)

describe('Tokenizer of words', () => {
  it('keeps the special tokens first and the words in the order given', () => {
    expect(tokenizer.encode('<pad> <eos> <unk> a cup')).toEqual([0, 1, 2, 3, 4])
    expect(tokenizer.eosTokenId).toBe(1)
    expect(tokenizer.vocabSize).toBe(3 + WORDS.length + MARKS.length)
  })

  it('writes sentences as people do', () => {
    expect(tokenizer.decode(tokenizer.encode('a cup of tea , please .'))).toBe('a cup of tea, please.')
    expect(tokenizer.decode(tokenizer.encode("please : don't ; how about a to-do list ?"))).toBe(
      "please: don't; how about a to-do list?",
    )
    expect(tokenizer.decode([3, 1, 0])).toBe('a')
    expect(tokenizer.decode([])).toBe('')
  })

  it('gives the ids back after decoding', () => {
    const ids = fc.array(fc.integer({ min: 3, max: tokenizer.vocabSize - 1 }), { maxLength: 40 })
    fc.assert(
      fc.property(ids, (list) => {
        expect(tokenizer.encode(tokenizer.decode(list))).toEqual(list)
      }),
    )
  })

  it('encodes any text exactly as the library does, remembered words included', () => {
    const piece = fc.oneof(
      fc.constantFrom(...WORDS, ...MARKS, ' ', '\n', '\t ', '<eos>', '=>', 'tea,'),
      fc.string({ unit: 'grapheme' }),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('')
        const expected = library.encode(text, { add_special_tokens: false }).ids
        expect(tokenizer.encode(text)).toEqual(expected)
        expect(tokenizer.encode(text)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('refuses files that are no tokenizer', () => {
    expect(
      () => new Tokenizer({ tokenizerJson: '{', tokenizerConfigJson: '{}' }, 'm/tokenizer.json'),
    ).toThrow(/m\/tokenizer\.json/)
    expect(() => new Tokenizer({ ...files, tokenizerConfigJson: '{}' })).toThrow(/eos_token/)
  })
})
