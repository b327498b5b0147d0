import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { PersonaText } from '../../configs/import/persona-from.js'
import { loadAnyPersonas, loadPersonas, personasFolder } from '../../configs/load-personas.js'
import { loadWorld } from '../../configs/load-world.js'
import { loadPrompts } from '../../configs/prompts.js'
import { ScriptedModel } from '../../models/scripted.js'
import { MOST_CONVERSATIONS, structurePersona } from '../../pipeline/personas/structure-persona.js'
import { attune } from '../helpers/attune.js'
import { temporaryFolder } from '../helpers/run-folder.js'
import { ILSE, put, scratch } from '../helpers/scratch.js'
import { startLlmServer } from '../support/llm-server.js'

const world = loadWorld()
const persona = {
  ...ILSE,
  interests: [...ILSE.interests],
  dailyRequirements: [...ILSE.dailyRequirements],
  goals: [...ILSE.goals],
}

type Form = Required<Pick<PersonaText, 'wants' | 'routine'>>

/** A reply that fits: the wants and routine of a persona of ours, with every key of the form. */
function reply(change: (form: Form) => void = () => {}): string {
  const file = readFileSync(join(personasFolder(), 'carmen-rights-lawyer.yaml'), 'utf8')
  const { wants, routine } = parse(file) as Form
  const likes = wants.preference.likes.map((like) => ({ during: null, ...like }))
  const of = (day: 'weekday' | 'weekend') => routine[day].map((block) => ({ at: null, chance: 1, ...block }))
  const form = {
    wants: { ...wants, preference: { ...wants.preference, likes } },
    routine: { ...routine, weekday: of('weekday'), weekend: of('weekend') },
  }
  change(form as Form)
  return JSON.stringify(form)
}

describe('a rubric put into structured form', () => {
  const prompts = loadPrompts(null)
  const structure = (model: ScriptedModel) => structurePersona(persona, { model, prompts, world })

  it('is asked for with the persona, its words and every name that may be used', async () => {
    const model = new ScriptedModel([reply()])
    const outcome = await structure(model)
    expect(outcome.problem).toBeNull()
    expect(outcome.persona).toMatchObject({ ...persona, routine: { wake: { weekday: '06:30' } } })
    const [request] = model.requests
    const [system, user] = request!.messages
    expect(user!.content).toContain(ILSE.rubric.frequency)
    expect(user!.content).toContain(ILSE.background)
    for (const name of ['music: jazz', 'deep work', 'encouraging', 'exclamation', 'private'])
      expect(system!.content).toContain(name.split(': ').at(-1))
    expect(system!.content).not.toContain(ILSE.name)
    expect(request!.address).toEqual(['structure-persona', 'ilse-brandt-oce', 0, 0])
    const everyKey = (schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return
      if ('properties' in schema && 'required' in schema)
        expect(schema.required).toEqual(Object.keys(schema.properties as object))
      Object.values(schema).forEach(everyKey)
    }
    everyKey(request!.json!.schema)
  })

  it('makes a persona that the built-in user can play', async () => {
    const { persona: structured } = await structure(new ScriptedModel([reply()]))
    const folder = temporaryFolder()
    const { writePersona } = await import('../../configs/import/write-persona.js')
    const { file } = await writePersona(folder, structured!, { force: false })
    expect(loadPersonas([file], world)[0]).toMatchObject({
      id: persona.id,
      wants: { communication: { maxWords: 12 } },
    })
  })

  it.each<[string, (form: Form) => void, string]>([
    [
      'a kind of its own',
      ({ wants }) => (wants.preference.likes[0]!.kind = 'music: jaz'),
      'wants.preference.likes.0.kind: "music: jaz" is not among the names allowed, did you mean "music: jazz"',
    ],
    [
      'an activity of its own',
      ({ routine }) => (routine.weekday[0]!.do = 'weaving'),
      'routine.weekday.0.do: "weaving" is not among',
    ],
    [
      'a time that is none',
      ({ wants }) => (wants.timing.windows.weekday[0] = '31:00-32:00'),
      'wants.timing.windows.weekday.0: a span such as',
    ],
    [
      'windows in sleep',
      ({ routine }) => (routine.wake.weekday = '11:00'),
      'wants.timing.windows.weekday: a window lies in the time of sleep',
    ],
    [
      'likes and dislikes the same',
      ({ wants }) => wants.preference.unwelcome!.push('drink'),
      '"drink: coffee" is unwelcome too',
    ],
    [
      'a sum that cannot be',
      ({ wants }) => (wants.frequency.mostPerDay = 2),
      'wants.frequency.mostPerDay: is less than the sum',
    ],
    ['a short day', ({ routine }) => routine.weekend.splice(3), 'routine.weekend: '],
  ])('is refused for %s, and the model is shown why', async (_, change, problem) => {
    const model = new ScriptedModel([reply(change), reply()])
    expect((await structure(model)).problem).toBeNull()
    expect(model.requests[1]!.messages.at(-1)!.content).toContain(problem)
    expect(model.requests[1]!.messages).toHaveLength(4)
  })

  it('is given up after three conversations, each at an address of its own', async () => {
    const model = new ScriptedModel(() => 'I would rather talk.')
    const outcome = await structure(model)
    expect(outcome).toEqual({ persona: null, problem: 'there is no JSON object in the reply' })
    expect(model.requests).toHaveLength(2 * MOST_CONVERSATIONS)
    expect(new Set(model.requests.map(({ address }) => address.join('/'))).size).toBe(2 * MOST_CONVERSATIONS)
  })
})

describe('attune personas import', () => {
  it('writes what is good, tells what is not, and ends with 1; the same command again changes nothing', async () => {
    const folder = temporaryFolder()
    put(folder, 'in/a/scratch.json', scratch())
    put(folder, 'in/b/scratch.json', scratch({ name: 'Nele', age: undefined }))
    put(folder, 'in/c/nele.yaml', 'name: [')
    put(folder, 'in/readme.json', { name: 'no persona' })
    const first = await attune(['personas', 'import', 'in'], { cwd: folder })
    expect(first.code).toBe(1)
    expect(first.stdout).toMatch(/^ilse-brandt-oce +Ilse Brandt, 41 +text +personas.ilse-brandt-oce.yaml\n$/)
    expect(first.stderr).toContain('1 persona was imported, 2 problems are left')
    expect(first.stderr).toMatch(/scratch\.json {2}age {2}missing, expected a whole number/)
    expect(first.stderr).toMatch(/nele\.yaml:1 {2}not valid YAML/)
    expect(first.stderr).toContain('1 JSON or YAML files are no personas')
    const file = join(folder, 'personas/ilse-brandt-oce.yaml')
    expect(loadAnyPersonas([file], world)).toEqual([persona])
    const shown = await attune(['personas', 'show', file])
    expect(shown).toMatchObject({ code: 0, stdout: readFileSync(file, 'utf8') })

    const before = readFileSync(file)
    await attune(['personas', 'import', '.'], { cwd: folder })
    expect(readFileSync(file)).toEqual(before)
    writeFileSync(file, `${before.toString()}# mine\n`)
    expect((await attune(['personas', 'import', 'in/a'], { cwd: folder })).code).toBe(0)
    writeFileSync(file, before.toString().replace('41', '42'))
    const refused = await attune(['personas', 'import', 'in/a'], { cwd: folder })
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('another text stands there already')
    expect(readFileSync(file, 'utf8')).toContain('age: 42')
    expect((await attune(['personas', 'import', 'in/a', '--force'], { cwd: folder })).code).toBe(0)
    expect(readFileSync(file)).toEqual(before)
  })

  it('--json is one document on stdout; nothing to import ends with 2', async () => {
    const folder = temporaryFolder()
    put(folder, 'in/scratch.json', scratch())
    const { code, stdout, stderr } = await attune(['personas', 'import', 'in', '--out', 'mine', '--json'], {
      cwd: folder,
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      out: 'mine',
      personas: [
        {
          id: 'ilse-brandt-oce',
          file: 'mine/ilse-brandt-oce.yaml',
          source: 'in/scratch.json',
          structured: false,
        },
      ],
      skipped: [],
    })
    put(folder, 'none/x.json', '{}')
    for (const name of ['none', 'nowhere'])
      expect((await attune(['personas', 'import', name], { cwd: folder })).code).toBe(2)
    expect((await attune(['personas', 'import', 'in', '--model', 'x'], { cwd: folder })).code).toBe(2)
  })

  it('--structure asks a model behind an endpoint, and does not ask again for what stands', async () => {
    const folder = temporaryFolder()
    put(folder, 'in/1/scratch.json', scratch())
    put(folder, 'in/2/scratch.json', scratch({ name: 'Nele Voss' }))
    // of Nele it never says anything that can be read
    const server = await startLlmServer({
      strict: true,
      reply: ({ messages }) =>
        messages.some(({ content }) => content.includes('Name: Nele')) ? '{}' : reply(),
    })
    try {
      const models = { judge: { model: 'm', url: server.url, severalReplies: false } }
      put(folder, 'run.yaml', { name: 'x', days: 1, models })
      const args = ['personas', 'import', 'in', '--structure', 'run.yaml', '--json']
      const { code, stdout, stderr } = await attune(args, { cwd: folder })
      expect(code, stderr).toBe(1)
      const { personas } = JSON.parse(stdout) as {
        personas: { id: string; file: string; structured: boolean }[]
      }
      expect(personas.map(({ structured }) => structured)).toEqual([true, false])
      expect(stderr).toContain('PERSONA_IMPORT_UNSTRUCTURED')
      const files = personas.map(({ file }) => join(folder, file))
      expect(loadPersonas([files[0]!], world)[0]).toMatchObject({ name: 'Ilse Brandt' })
      expect(loadAnyPersonas([files[1]!], world)[0]).toMatchObject({ name: 'Nele Voss' })
      expect(server.requests).toHaveLength(1 + 2 * MOST_CONVERSATIONS)

      // replies that cannot be read were paid for too, and are on record
      expect((await attune(args, { cwd: folder })).code).toBe(1)
      expect(server.requests).toHaveLength(1 + 2 * MOST_CONVERSATIONS)
      rmSync(join(folder, 'personas', 'calls.jsonl'))
      await attune(args, { cwd: folder })
      expect(server.requests).toHaveLength(1 + 4 * MOST_CONVERSATIONS)
      const plain = await attune(['personas', 'import', 'in/1'], { cwd: folder })
      expect(plain).toMatchObject({ code: 0, stdout: expect.stringContaining('structured') as unknown })
      const unknown = await attune([...args, '--model', 'jugde'], { cwd: folder })
      expect(unknown.code).toBe(2)
      expect(unknown.stderr).toContain('Did you mean `judge`?')
    } finally {
      await server.close()
    }
  })

  it('without its key nothing is written', async () => {
    const folder = temporaryFolder()
    put(folder, 'in/scratch.json', scratch())
    put(folder, 'run.yaml', {
      name: 'x',
      days: 1,
      models: { a: { model: 'm', url: 'http://127.0.0.1:9/v1', keyFrom: 'NO_KEY' } },
    })
    const { code, stderr } = await attune(['personas', 'import', 'in', '--structure', 'run.yaml'], {
      cwd: folder,
    })
    expect(code).toBe(2)
    expect(stderr).toContain('NO_KEY')
    expect(existsSync(join(folder, 'personas'))).toBe(false)
  })
})
