import { describe, expect, it } from 'vitest'
import { ReplyTrie } from '../../../models/lm/trie.js'
import { REPLIES, SILENCE, tinyModel } from './tiny-model.js'

const { tokenizer } = tinyModel()
const trie = ReplyTrie.of(REPLIES, tokenizer)
const words = (ids: Int32Array): string[] => [...ids].map((id) => tokenizer.decode([id]) || '<eos>')

describe('ReplyTrie', () => {
  it('knows what may come at each position of a reply', () => {
    const allowed = trie.allowedAlong(trie.encode('time for a walk.')).map((ids) => new Set(words(ids)))
    expect(allowed).toEqual(
      [['No', 'time', 'how'], ['for'], ['a'], ['cup', 'walk'], ['.'], ['<eos>']].map((list) => new Set(list)),
    )
  })

  it('holds the replies given and nothing else', () => {
    for (const reply of REPLIES) expect(trie.has(reply)).toBe(true)
    for (const other of ['time for a', 'time for a tea.', 'walk', '']) expect(trie.has(other)).toBe(false)
    expect(() => trie.allowedAlong(tokenizer.encode('time for coffee'))).toThrow(
      /"time for coffee" is not one/,
    )
  })

  it('closes the branch of an excluded reply at its first token', () => {
    const speaking = trie.without([SILENCE])
    expect(words(speaking.root.tokens)).not.toContain('No')
    expect(speaking.has(SILENCE)).toBe(false)
    expect(REPLIES.filter((reply) => reply !== SILENCE).every((reply) => speaking.has(reply))).toBe(true)
    expect(trie.has(SILENCE)).toBe(true)
  })

  it('keeps the beginning that an excluded reply shares with others', () => {
    const rest = trie.without(['how about a walk?', 'never heard of'])
    expect(rest.has('how about a walk, if you like?')).toBe(true)
    expect(rest.has('how about a walk?')).toBe(false)
  })

  it('says when nothing can be said', () => {
    expect(() => trie.without(REPLIES)).toThrow(/every reply/)
    expect(() => ReplyTrie.of([], tokenizer)).toThrow(/no replies/)
    expect(() => ReplyTrie.of(['a zebra.'], tokenizer)).toThrow(/cannot write the reply "a zebra\."/)
  })
})
