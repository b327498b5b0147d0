import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { duplicateKey } from '../../common/duplicate-keys.js'

it('finds none in what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(3), (text, space) => {
      expect(duplicateKey(JSON.stringify(JSON.parse(text), null, space))).toBeNull()
    }),
  )
})

it('finds a key that stands twice in any object, however it is written', () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), fc.json(), (before, key, after) => {
      const escaped = Array.from(key, (c) =>
        c.length === 1 ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c,
      )
      const twice = `[${before}, {${JSON.stringify(key)} : ${before}, "${escaped.join('')}":${after}}]`
      expect(duplicateKey(twice)).toBe(key)
    }),
  )
})

it('tells keys of different objects, and keys that stand in texts, apart', () => {
  expect(duplicateKey('{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":"{\\"a\\":1,\\"a\\":2}"}')).toBeNull()
})
