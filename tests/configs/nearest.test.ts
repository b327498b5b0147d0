import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance, nearest } from '../../configs/nearest.js'

test('a typing slip finds the name that was meant', () => {
  const names = ['beta', 'backend', 'batchSize', 'learningRate', 'lora']
  expect(nearest('btea', names)).toBe('beta')
  expect(nearest('batch_size', names)).toBe('batchSize')
  expect(nearest('LEARNING-RATE', names)).toBe('learningRate')
  expect(nearest('learninRat', names)).toBe('learningRate')
})

test('names that are far off find nothing', () => {
  expect(nearest('persona', ['beta', 'days'])).toBeUndefined()
  expect(nearest('x', ['a', 'b'])).toBeUndefined()
  expect(nearest('', ['a'])).toBeUndefined()
})

test('distance is a symmetric count of edits', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3)
  expect(editDistance('ab', 'ba')).toBe(1)
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b)
      expect(distance).toBe(editDistance(b, a))
      expect(distance === 0).toBe(a === b)
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
    }),
  )
})
