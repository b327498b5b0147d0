import { chmodSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import { loadYaml } from '../../configs/load-yaml.js'
import { problemsBy, thrownBy, yamlFile } from './helpers.js'

const home = z.strictObject({
  rooms: z
    .array(z.strictObject({ id: z.string().min(1), size: z.number().gt(0).describe('Square metres.') }))
    .min(1),
  heating: z.enum(['gas', 'district', 'pump']).default('pump'),
  owner: z.union([z.literal('none'), z.strictObject({ name: z.string(), age: z.int().min(0).max(130) })]),
  open: z.record(z.string().regex(/^[a-z]+$/, 'lower-case letters'), z.boolean()).default({}),
})

const load = (text: string) => loadYaml(yamlFile(text), home)

describe('a good file', () => {
  test('comes back with defaults filled in', () => {
    expect(load('rooms: [{ id: kitchen, size: 12 }]\nowner: none\n')).toEqual({
      rooms: [{ id: 'kitchen', size: 12 }],
      heating: 'pump',
      owner: 'none',
      open: {},
    })
  })

  test('may use anchors', () => {
    expect(load('rooms: [&a { id: x, size: 1 }, *a]\nowner: none\n').rooms[1]).toEqual({ id: 'x', size: 1 })
  })
})

describe('every problem is told at once, at its line', () => {
  test('unknown, missing, mistyped, out of range, in lists, unions and free names', () => {
    const text = [
      'rooms:',
      '  - id: kitchen',
      '    size: 0',
      '  - id: ""',
      '    sizes: 3',
      'heating: pmup',
      'owner:',
      '  name: Ada',
      '  age: "36"',
      'open:',
      '  Door1: true',
      '  door: perhaps',
      'garage: 1',
    ].join('\n')
    expect(problemsBy(() => load(text))).toEqual([
      '3 rooms[0].size: expected number above 0, found 0 | Meaning: Square metres.',
      '4 rooms[1].id: expected text that is not empty, found "" | ',
      '4 rooms[1].size: missing, expected number above 0 | Meaning: Square metres.',
      '5 rooms[1].sizes: unknown key | Did you mean `size`?',
      '6 heating: expected one of gas, district, pump, found "pmup" | Did you mean `pump`?',
      '9 owner.age: expected whole number from 0 to 130, found "36" | Write the number without quotes.',
      '11 open.Door1: this name may not be used as a key: lower-case letters | Rename it; quotes do not help.',
      '12 open.door: expected true or false, found "perhaps" | ',
      '13 garage: unknown key | Known keys here: rooms, heating, owner, open.',
    ])
  })

  test('a union that no alternative fits names the alternatives', () => {
    expect(problemsBy(() => load('rooms: [{ id: a, size: 1 }]\nowner: 3\n'))).toEqual([
      '2 owner: expected "none" or mapping, found 3 | ',
    ])
  })

  test('a key written twice is named with both lines, beside other problems', () => {
    const text = 'rooms: [{ id: a, size: 1 }]\nowner: none\nheating: gas\nheating: coal\n'
    expect(problemsBy(() => load(text))).toEqual([
      '3 heating: expected one of gas, district, pump, found "coal" | ',
      '4 heating: written twice, first on line 3 | Keep one of the two.',
    ])
  })

  test('nothing, null, a list and a scalar are no mapping', () => {
    expect(problemsBy(() => load('# only a comment\n'))).toEqual([
      '- : the file is empty, expected mapping | ',
    ])
    expect(problemsBy(() => load('- a\n'))).toEqual(['1 : expected mapping, found ["a"] | '])
    expect(problemsBy(() => load('hello'))).toEqual(['1 : expected mapping, found "hello" | '])
  })

  test('keys named like parts of JavaScript objects are unknown keys, not a way in', () => {
    const found = problemsBy(() =>
      load('rooms: [{ id: a, size: 1 }]\nowner: none\nconstructor: 1\ntoString: 2\n'),
    )
    expect(found.map((each) => each.split(':')[0])).toEqual(['3 constructor', '4 toString'])
    expect(
      problemsBy(() => load('owner: none\n__proto__: { rooms: [{ id: a, size: 1 }] }\n')).length,
    ).toBeGreaterThan(0)
  })
})

describe('text that is not YAML', () => {
  test('is told with its lines, all of them', () => {
    const found = thrownBy(() => load('rooms: [1\nowner: "x\n')).details.problems ?? []
    expect(found.map(({ code, details }) => [code, details.line])).toEqual([
      ['CONFIG_SYNTAX', 2],
      ['CONFIG_SYNTAX', 3],
    ])
  })

  test('includes unknown tags, mappings as keys, several documents and alias bombs', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefg'
        .split('')
        .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${'abcdef'[i]}`).join(',')}]`),
    ]
    for (const text of ['rooms: !made-up 3', '? { a: 1 }\n: 2', 'a: 1\n---\nb: 2', bomb.join('\n')]) {
      const found = thrownBy(() => load(text)).details.problems ?? []
      expect(
        found.map(({ code }) => code),
        text,
      ).toContain('CONFIG_SYNTAX')
    }
  })
})

describe('a file that cannot be had', () => {
  test('is missing, a folder, not text, or not readable', () => {
    expect(thrownBy(() => loadYaml('/no/such.yaml', home))).toMatchObject({
      code: 'CONFIG_FILE_MISSING',
      kind: 'config',
      details: { file: '/no/such.yaml' },
    })
    expect(thrownBy(() => loadYaml(tmpdir(), home))).toMatchObject({
      code: 'CONFIG_FILE_UNREADABLE',
      message: 'this is a folder, a YAML file is needed',
    })
    const binary = yamlFile('')
    writeFileSync(binary, Buffer.from([0x6e, 0xff, 0xfe, 0x80]))
    expect(thrownBy(() => loadYaml(binary, home)).message).toBe('the file is not UTF-8 text')
    expect(thrownBy(() => loadYaml(`${binary}/x`, home)).code).toBe('CONFIG_FILE_MISSING')
  })

  test.skipIf(process.getuid?.() === 0)('is not readable by this user', () => {
    const secret = yamlFile('a: 1')
    chmodSync(secret, 0)
    expect(thrownBy(() => loadYaml(secret, home)).message).toBe('the file may not be read by this user')
    expect(dirname(secret)).not.toBe('')
  })
})

test('whatever a file holds, it loads or an AttuneError of kind config is thrown', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((text) => stringify(JSON.parse(text))),
      ),
      (text) => {
        const file = yamlFile(text)
        try {
          loadYaml(file, home)
        } catch (error) {
          expect(AttuneError.is(error) && error.kind).toBe('config')
        }
      },
    ),
    { numRuns: 300 },
  )
})
