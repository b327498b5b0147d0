import { describe, expect, test } from 'vitest'
import { breakingChanges, diffConfigs, isExtension } from '../../configs/diff.js'
import { configHash } from '../../configs/hash.js'
import { type RunConfig, runSchema } from '../../configs/schema.js'

const make = (more: object = {}): RunConfig =>
  runSchema.parse({
    name: 'a',
    days: 3,
    personas: ['p1'],
    references: ['timer'],
    arms: { full: {} },
    ...more,
  })

describe('the hash of a configuration', () => {
  test('does not depend on the order of keys or on defaults being written out', () => {
    expect(configHash(make({ seed: 1, trainer: { beta: 0.1, epochs: 2 } }))).toBe(
      configHash(make({ trainer: { epochs: 2, beta: 0.1 } })),
    )
  })

  test('changes with every value', () => {
    const hashes = [
      make(),
      make({ seed: 2 }),
      make({ trainer: { lora: {} } }),
      make({ arms: { full: {}, b: {} } }),
    ].map(configHash)
    expect(new Set(hashes).size).toBe(4)
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/)
  })
})

test('differences are told by dotted key with both values', () => {
  expect(
    diffConfigs(make(), make({ days: 4, trainer: { lora: {} }, arms: { full: { 'trainer.beta': 1 } } })),
  ).toEqual([
    { key: 'arms.full.trainer.beta', before: undefined, after: 1 },
    { key: 'days', before: 3, after: 4 },
    { key: 'trainer.lora', before: null, after: expect.objectContaining({ rank: 16 }) },
  ])
  expect(diffConfigs(make(), make())).toEqual([])
})

describe('a finished run is extended by', () => {
  test.each([
    ['nothing', {}],
    ['more days', { days: 4 }],
    ['more personas', { personas: ['p2', 'p1'] }],
    ['all personas', { personas: 'all' }],
    ['another arm', { arms: { full: {}, none: { 'trainer.backend': 'none' } } }],
    ['an empty arm', { arms: { full: {}, again: {} } }],
    ['another reference', { references: ['oracle', 'timer'] }],
    ['other workers', { workers: 2 }],
    ['a list of tuned personas', { tuned: ['p1'] }],
  ])('%s', (_what, more) => {
    expect(isExtension(make(), make(more))).toBe(true)
  })
})

describe('a finished run is not extended by', () => {
  test.each([
    ['fewer days', { days: 2 }, 'days'],
    ['another persona instead', { personas: ['p2'] }, 'personas'],
    ['a dropped arm', { arms: { none: {} } }, 'arms.full'],
    ['a changed arm', { arms: { full: { 'trainer.beta': 1 } } }, 'arms.full.trainer.beta'],
    ['a dropped reference', { references: ['oracle'] }, 'references'],
    ['another seed', { seed: 2 }, 'seed'],
    ['another beta', { trainer: { beta: 1 } }, 'trainer.beta'],
  ])('%s', (_what, more, key) => {
    expect(isExtension(make(), make(more))).toBe(false)
    expect(breakingChanges(make(), make({ ...more, workers: 3 })).map((each) => each.key)).toEqual([key])
  })

  test('all personas when one came from a file', () => {
    expect(isExtension(make({ personas: ['./me.yaml'] }), make({ personas: 'all' }))).toBe(false)
    expect(isExtension(make({ personas: 'all' }), make({ personas: ['p1'] }))).toBe(false)
  })
})
