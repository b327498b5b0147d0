import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { importPersonas } from '../../configs/import/import-personas.js'
import { parseBigFive } from '../../configs/import/parse-big-five.js'
import { splitItems } from '../../configs/import/split-items.js'
import { personaYaml, writePersona } from '../../configs/import/write-persona.js'
import { loadAnyPersonas, personasFolder } from '../../configs/load-personas.js'
import { loadWorld } from '../../configs/load-world.js'
import { ILSE, put, scratch } from '../helpers/scratch.js'
import { temporaryFolder } from '../helpers/run-folder.js'
import { thrownBy } from './helpers.js'

const world = loadWorld()
const TRAITS = ['Openness to Experience', 'Conscientiousness', 'Extraversion', 'Agreeableness', 'Neuroticism']
const inVille = (number: number): string =>
  `base_${number}/personas/Ilse Brandt/bootstrap_memory/scratch.json`

/** Problems as `file:line key: message | hint`, files below the folder. */
function told(folder: string): string[] {
  return importPersonas(folder, world).problems.map(
    ({ code, message, details: { file, key, line, hint } }) => {
      const where = `${file?.slice(folder.length + 1)}:${line ?? '-'}`
      return `${code} ${where} ${key ?? ''}: ${message} | ${hint ?? ''}`
    },
  )
}

describe('a scratch.json of ProPerSim', () => {
  test('becomes a persona; the state of the simulation in it is told as not taken over', () => {
    const folder = temporaryFolder()
    const file = put(folder, inVille(1), scratch())
    put(folder, 'base_1/reverie/meta.json', { fork_sim_code: 'base', start_date: 'June 25, 2022', step: 0 })
    const { personas, problems, skipped } = importPersonas(folder, world)
    expect(problems).toEqual([])
    expect(personas.map(({ persona }) => persona)).toEqual([ILSE])
    expect(personas[0]).toMatchObject({
      file,
      ignored: expect.arrayContaining(['vision_r', 'act_event']) as unknown,
    })
    expect(personas[0]!.ignored).not.toContain('first_name')
    expect(skipped).toEqual([join(folder, 'base_1/reverie/meta.json')])
  })

  test('its file loads again as the same persona', async () => {
    const folder = temporaryFolder()
    put(folder, inVille(1), scratch())
    const [found] = importPersonas(folder, world).personas
    const { file } = await writePersona(join(folder, 'out'), found!.persona, { force: false })
    expect(loadAnyPersonas([file], world)).toEqual([ILSE])
  })

  test('32 of one name get 32 ids, told apart by their traits, the same ones whoever stands beside them', () => {
    const folder = temporaryFolder()
    for (let number = 0; number < 32; number++) {
      const traits = TRAITS.map((trait, i) => `${(number >> i) & 1 ? 'High' : 'Low'} in ${trait}`)
      const persona = scratch({
        name: 'John Lin',
        big_five_personality_traits: traits.toReversed().join(', '),
      })
      put(folder, inVille(number), persona)
    }
    const { personas, problems } = importPersonas(folder, world)
    expect(problems).toEqual([])
    const ids = personas.map(({ persona }) => persona.id)
    expect(new Set(ids).size).toBe(32)
    expect(ids).toEqual(
      expect.arrayContaining(['john-lin-low', 'john-lin-o', 'john-lin-ocean', 'john-lin-ca']),
    )
    const alone = importPersonas(join(folder, 'base_5'), world).personas[0]!.persona
    expect(ids).toContain(alone.id)
  })

  test('of the same name and traits, they are told apart by their folders', () => {
    const folder = temporaryFolder()
    for (const number of [1, 2, 10]) put(folder, inVille(number), scratch())
    const { personas } = importPersonas(folder, world)
    expect(personas.map(({ persona }) => persona.id).toSorted()).toEqual([
      'ilse-brandt-oce-base-1',
      'ilse-brandt-oce-base-10',
      'ilse-brandt-oce-base-2',
    ])
  })
})

/** Ways in which keys are written. */
const STYLES: ((words: string[]) => string)[] = [
  (words) => words.join('_'),
  (words) => words.join('-'),
  (words) => words.join(' '),
  (words) => words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('_'),
  (words) => words.map((word, i) => (i === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join(''),
  (words) => words.join(' ').toUpperCase(),
]
const key = (...names: string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(...STYLES))
    .map(([name, style]) => style(name.split(' ')))
const listed = (items: readonly string[]): fc.Arbitrary<unknown> =>
  fc.constantFrom(
    items,
    items.map((item, i) => `${i + 1}) ${item}.`).join(' '),
    `Ilse enjoys ${items.map((item, i) => `(${i + 1}) ${item}`).join('; ')}`,
    items.map((item, i) => `${i + 1}. ${item}`).join('\n'),
    items.map((item) => `- ${item}`).join('\n'),
  )
const levels = Object.entries(ILSE.bigFive).map(([trait, level]) => [trait, level] as const)
const bigFive: fc.Arbitrary<unknown> = fc
  .tuple(fc.shuffledSubarray([...levels], { minLength: 5 }), fc.integer({ min: 0, max: 4 }))
  .map(([order, form]) => {
    const long = (trait: string): string => (trait === 'openness' ? 'Openness to Experience' : trait)
    if (form === 0) return order.map(([trait, level]) => `${level} in ${long(trait)}`).join(', ')
    if (form === 1) return order.map(([trait, level]) => `${trait}: ${level.toUpperCase()}`).join('; ')
    if (form === 2) return Object.fromEntries(order.map(([trait, level]) => [long(trait), level]))
    if (form === 3) return order.map(([trait, level]) => `${level} ${trait}`)
    const of = (wanted: string): string =>
      order
        .filter(([, level]) => level === wanted)
        .map(([trait]) => long(trait))
        .join(', ')
    return `High in ${of('high')} and low in ${of('low')}.`
  })

/** The same person under any of the names and forms that are known, keys in any order. */
const variant: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    fc.tuple(key('name', 'full name'), fc.constant(ILSE.name)),
    fc.tuple(key('age', 'age in years'), fc.constantFrom<unknown>(41, '41')),
    fc.tuple(key('background', 'bio', 'biography', 'about'), fc.constant(`  ${ILSE.background}\n`)),
    fc.tuple(key('big five personality traits', 'big five', 'personality traits'), bigFive),
    fc.tuple(key('current interests', 'interests', 'hobbies'), listed(ILSE.interests)),
    fc.tuple(key('lifestyle', 'life style', 'typical day'), fc.constant(ILSE.lifestyle)),
    fc.tuple(key('daily plan req', 'daily requirements'), listed(ILSE.dailyRequirements)),
    fc.tuple(key('long term goals', 'goals', 'goal'), listed(ILSE.goals)),
    fc.tuple(key('living area', 'residence'), fc.constant(ILSE.livingArea)),
    fc.tuple(
      key('criteria', 'rubric', 'evaluation criteria'),
      fc
        .tuple(
          key('personal preference', 'preference', 'preferences', 'my preferences'),
          key('timing', 'time', 'preferred timing'),
          key('frequency', 'how often', 'preferred frequency'),
          key(
            'communication & safety',
            'communication and safety',
            'safety & communication',
            'communication style',
          ),
          fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        )
        .map(([preference, timing, frequency, communication, order]) => {
          const { rubric } = ILSE
          const paragraphs = [
            [preference, rubric.preference],
            [timing, rubric.timing],
            [frequency, rubric.frequency],
            [communication, rubric.communication],
          ] as const
          return Object.fromEntries(order.map((i) => paragraphs[i]!))
        }),
    ),
  )
  .chain((fields) => fc.shuffledSubarray([...fields] as [string, unknown][], { minLength: fields.length }))
  .map((fields) => Object.fromEntries(fields))

test('any known names, forms and order of the same persona give the same persona', () => {
  const folder = temporaryFolder()
  fc.assert(
    fc.property(variant, fc.constantFrom('json', 'yaml'), (fields, format) => {
      const file = join(folder, 'one.json')
      mkdirSync(folder, { recursive: true })
      writeFileSync(file, '[]')
      writeFileSync(join(folder, 'one.yaml'), '[]')
      const text = format === 'json' ? JSON.stringify(fields) : stringify(fields)
      writeFileSync(join(folder, `one.${format}`), text)
      const { personas, problems } = importPersonas(folder, world)
      expect(problems.map(({ message }) => message)).toEqual([])
      expect(personas.map(({ persona }) => persona)).toEqual([ILSE])
    }),
    { numRuns: 300 },
  )
})

test('whatever text a persona holds, its file says the same', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 })
  fc.assert(
    fc.property(text, fc.array(text, { minLength: 1 }), text, (background, interests, timing) => {
      const persona = { ...ILSE, background, interests, rubric: { ...ILSE.rubric, timing } }
      expect(
        parse(personaYaml({ ...persona, dailyRequirements: [...ILSE.dailyRequirements], goals: ['one'] })),
      ).toEqual({
        ...persona,
        goals: ['one'],
      })
    }),
  )
})

describe('what is missing or wrong', () => {
  test('is told all at once, for every file, with file, line, key, what is expected and the nearest name', () => {
    const folder = temporaryFolder()
    const { long_term_goals: _, ...less } = scratch({
      age: 'forty',
      lifestile: 'Up early.',
      lifestyle: '',
      big_five_personality_traits: 'High in Extraversion, Medium in Openness, Low in Agreeablenes',
      criteria: { Personal_Preference: 'a', Timming: 'b', Frequency: 'c', Tone: 'd' },
    })
    put(folder, 'a/scratch.json', less)
    put(folder, 'b/scratch.json', '{\n  "name": "Ilse",\n  "age": 41\n  "background": "x"\n}\n')
    put(folder, 'c/scratch.json', scratch())
    expect(importPersonas(folder, world).personas).toHaveLength(1)
    const problems = told(folder)
    const lineOf = (name: string): number =>
      readFileSync(join(folder, 'a/scratch.json'), 'utf8')
        .split('\n')
        .findIndex((line) => line.includes(`"${name}"`)) + 1
    const traits = lineOf('big_five_personality_traits')
    const inText = 'Write "High in Openness, Low in ..." or a mapping of the five traits to high or low.'
    expect(problems).toEqual([
      `PERSONA_IMPORT_VALUE a/scratch.json:${traits} big_five_personality_traits: openness: expected high or low, found "Medium in Openness" | ${inText}`,
      `PERSONA_IMPORT_VALUE a/scratch.json:${traits} big_five_personality_traits: "Low in Agreeablenes" names none of the Big Five | Did you mean \`agreeableness\`?`,
      `PERSONA_IMPORT_VALUE a/scratch.json:${traits} big_five_personality_traits: missing: conscientiousness, neuroticism | ${inText}`,
      `PERSONA_IMPORT_FIELD_MISSING a/scratch.json:${lineOf('lifestyle')} lifestyle: missing, expected text | Is \`lifestile\` meant? Name it \`lifestyle\`.`,
      'PERSONA_IMPORT_FIELD_MISSING a/scratch.json:- goals: missing, expected a list, or text | It may be called `goals`, `long term goals`.',
      `PERSONA_IMPORT_FIELD_MISSING a/scratch.json:${lineOf('criteria')} criteria.timing: missing, expected a paragraph in the first person | Is \`Timming\` meant? Name it \`timing\`.`,
      `PERSONA_IMPORT_FIELD_MISSING a/scratch.json:${lineOf('criteria')} criteria.communication: missing, expected a paragraph in the first person | It may be called \`communication\`, \`communication & safety\`, \`communication style\`, \`communication style & safety\`.`,
      `PERSONA_IMPORT_VALUE a/scratch.json:${lineOf('age')} age: expected whole number from 16 to 110, found "forty" | `,
      'PERSONA_IMPORT_SYNTAX b/scratch.json:4 : not valid JSON: expected , or } | Check quotes, commas and brackets on this line and the one before.',
    ])
  })

  test('two keys that mean the same are not guessed between', () => {
    const folder = temporaryFolder()
    put(folder, 'one/scratch.json', scratch({ hobbies: 'sleep' }))
    expect(told(folder)).toEqual([
      expect.stringMatching(
        /^PERSONA_IMPORT_FIELD_TWICE one.scratch.json:\d+ current_interests: `current_interests` and `hobbies` both say it/,
      ),
    ])
  })

  test('a key written twice, and text that is no UTF-8, are told', () => {
    const folder = temporaryFolder()
    const twice = JSON.stringify(scratch(), null, 2).replace('{', '{\n  "age": 40,')
    put(folder, 'a/scratch.json', twice)
    put(folder, 'b/scratch.json', '')
    writeFileSync(join(folder, 'b/scratch.json'), Buffer.from([0x7b, 0xff, 0x7d]))
    expect(told(folder)).toEqual([
      expect.stringContaining(
        'PERSONA_IMPORT_SYNTAX a/scratch.json:23 : `age` written twice, first on line 2',
      ),
      expect.stringContaining('PERSONA_IMPORT_SYNTAX b/scratch.json:- : the file is not UTF-8 text'),
    ])
  })

  test('a folder without personas, and no folder, are errors', () => {
    const folder = temporaryFolder()
    put(folder, 'package.json', { name: 'x', version: '1', description: 'none' })
    expect(thrownBy(() => importPersonas(folder, world))).toMatchObject({
      code: 'PERSONA_IMPORT_NONE',
      exitCode: 2,
    })
    expect(thrownBy(() => importPersonas(join(folder, 'no'), world))).toMatchObject({
      code: 'PERSONA_IMPORT_FOLDER',
      exitCode: 2,
    })
  })

  test.each([
    ['', 1, 'a value'],
    ['{"a": tru}', 1, 'a value'],
    ['{\n"a": 1,\n}', 3, 'a key in double quotes'],
    ['{\n"a": "x\n"}', 2, 'a value'],
    ["{\n'a': 1}", 2, 'a key in double quotes or }'],
    ['{"a": [1,\n2', 2, ', or ]'],
    ['{"a": 1}\n\n{', 3, 'the end'],
    ['{"a"\n1}', 2, ':'],
  ])('broken JSON %j names line %i and what belongs there', (text, line, expected) => {
    const folder = temporaryFolder()
    put(folder, 'scratch.json', text)
    expect(importPersonas(folder, world).problems[0]).toMatchObject({
      message: `not valid JSON: expected ${expected}`,
      details: { line },
    })
  })
})

test('whatever stands in the fields, a persona that loads again comes out, or problems do', async () => {
  const folder = temporaryFolder()
  const keys = [
    'id',
    'name',
    'age',
    'big_five',
    'interests',
    'goals',
    'criteria',
    'wants',
    'routine',
    '__proto__',
  ]
  const field = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
    fc.dictionary(fc.constantFrom('timing', 'Frequency', 'openness', '__proto__'), fc.jsonValue()),
  )
  const changes = fc.dictionary(fc.constantFrom(...keys), field, { maxKeys: 3 })
  await fc.assert(
    fc.asyncProperty(changes, async (changed) => {
      put(folder, 'in/scratch.json', JSON.stringify({ ...scratch(), ...changed }))
      const { personas, problems } = importPersonas(join(folder, 'in'), world)
      expect(personas.length === 1 || problems.length > 0).toBe(true)
      for (const { message, details } of problems)
        expect(`${message}${details.file}`).toContain('scratch.json')
      for (const { persona } of personas) {
        const { file } = await writePersona(join(folder, 'out'), persona, { force: true })
        expect(loadAnyPersonas([file], world)[0]).toMatchObject({ id: persona.id, name: persona.name })
      }
    }),
    { numRuns: 100 },
  )
})

describe('plain persona files', () => {
  test('of ours come back as they are, with wants and routine', async () => {
    const { personas, problems } = importPersonas(personasFolder(), world)
    expect(problems).toEqual([])
    expect(personas).toHaveLength(32)
    const folder = temporaryFolder()
    const written = await Promise.all(
      personas.map(({ persona }) => writePersona(folder, persona, { force: false })),
    )
    const stripped = (persona: object): unknown => JSON.parse(JSON.stringify(persona).replaceAll(/\\n/g, ''))
    expect(
      loadAnyPersonas(
        written.map(({ file }) => file),
        world,
      ).map(stripped),
    ).toEqual(loadAnyPersonas('all', world).map(stripped))
  })

  test('a list of personas in one file is several personas', () => {
    const folder = temporaryFolder()
    put(folder, 'team.json', [scratch({ name: 'Ada' }), scratch({ name: 'Åsa Öberg', age: 3 }), 'note'])
    const { personas, problems } = importPersonas(folder, world)
    expect(personas.map(({ persona }) => persona.id)).toEqual(['ada-oce'])
    expect(problems.map(({ details: { key, line } }) => ({ key, line: line! > 40 }))).toEqual([
      { key: 'age', line: true },
    ])
  })

  test('two that give themselves the same id cannot both be written', () => {
    const folder = temporaryFolder()
    put(folder, 'a.json', { ...ILSE, id: 'ilse' })
    put(folder, 'b.json', { ...ILSE, id: 'ilse', age: 42 })
    expect(importPersonas(folder, world)).toMatchObject({
      personas: [{ persona: { id: 'ilse', age: 41 } }],
      problems: [{ code: 'PERSONA_IMPORT_ID_TWICE' }],
    })
  })

  test('a file of another text is never written over, unless it is asked for', async () => {
    const folder = temporaryFolder()
    const persona = { ...ILSE, interests: ['a'], dailyRequirements: ['b'], goals: ['c'] }
    const { file } = await writePersona(folder, persona, { force: false })
    await expect(writePersona(folder, persona, { force: false })).resolves.toEqual({ file, persona })
    writeFileSync(file, '# mine\n')
    await expect(writePersona(folder, persona, { force: false })).rejects.toMatchObject({
      code: 'PERSONA_IMPORT_EXISTS',
    })
    expect(readFileSync(file, 'utf8')).toBe('# mine\n')
    await writePersona(folder, persona, { force: true })
    expect(loadAnyPersonas([file], world)).toEqual([persona])
  })
})

test('a file that was given wants and routine since is not put back', async () => {
  const folder = temporaryFolder()
  const [ours] = importPersonas(personasFolder(), world).personas
  const { wants: _w, routine: _r, ...text } = ours!.persona
  await writePersona(folder, ours!.persona, { force: false })
  await expect(writePersona(folder, text, { force: false })).resolves.toMatchObject({
    persona: ours!.persona,
  })
  await expect(writePersona(folder, { ...text, age: 77 }, { force: false })).rejects.toMatchObject({
    code: 'PERSONA_IMPORT_EXISTS',
  })
})

describe('lists written as text', () => {
  test.each([
    ['1) Bake at 7. 2) Walk 10) 3) Read', ['Bake at 7', 'Walk 10)', 'Read']],
    ['Reads a lot.', ['Reads a lot']],
    ['1. one\n2. two', ['one', 'two']],
    ['* one\n* two', ['one', 'two']],
    ['one; two', ['one', 'two']],
    [
      'He gave up everything else for two things: 1) tea 2) chess',
      ['He gave up everything else for two things:', 'tea', 'chess'],
    ],
    ['Has 3) children', ['Has 3) children']],
  ])('%j', (text, items) => {
    expect(splitItems(text)).toEqual(items)
  })
})

test('a level that is not plainly high or low is not guessed', () => {
  const text = 'High in Openness, not high in Neuroticism, Extraversion, Agreeableness and Conscientiousness'
  expect(parseBigFive(text).problems?.map(({ message }) => message)).toEqual([
    'neuroticism: expected high or low, found "not high in Neuroticism"',
  ])
})

test('a trait that is said both ways, and what is no Big Five at all, are refused', () => {
  const text =
    'High in Openness, Low in Openness, high conscientiousness, extraversion and agreeableness; low neuroticism'
  expect(parseBigFive(text).problems).toEqual([
    { message: 'openness is both high and low', hint: 'Keep one of the two.' },
  ])
  expect(parseBigFive(7).problems).toHaveLength(1)
  expect(parseBigFive({ openness: 0.7 }).problems?.[0]?.message).toBe(
    'openness: expected high or low, found "openness: 0.7"',
  )
})
