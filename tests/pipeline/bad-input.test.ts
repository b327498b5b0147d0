import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { attune, type Ended, root } from '../helpers/attune.js'
import { AMARA, bytesOf, configFile, temporaryFolder } from '../helpers/run-folder.js'

const folder = temporaryFolder()
const runs = join(folder, 'runs')

/** Runs a configuration given as text. */
function withText(name: string, text: string, ...more: string[]): Promise<Ended> {
  writeFileSync(join(folder, name), text)
  return attune(['run', name, '--runs', 'runs', ...more], { cwd: folder })
}

/** The facts of every failure: its exit code, its code last, nothing on stdout, no stack trace. */
function expectTold({ code, stdout, stderr }: Ended, exit: 1 | 2, name: string, ...parts: string[]): void {
  expect({ code, stdout }, stderr).toEqual({ code: exit, stdout: '' })
  for (const part of parts) expect(stderr).toContain(part)
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(`  code: ${name}`)
  expect(stderr).not.toMatch(/^ +at .*[:(]/m)
  expect(stderr).not.toContain('defect of attune')
}

const HEAD = `name: bad\ndays: 1\npersonas: [${AMARA}]\n`

describe('a configuration with mistakes', () => {
  it('is refused with all of them at once, each with line, key and hint', async () => {
    const text = `${HEAD}trainer:\n  betta: 0.2\n  epochs: many\nsimulator: { stepSeconds: 1 }\n`
    const ended = await withText('mistakes.yaml', text, '--set', 'workers=0')
    expectTold(ended, 2, 'CONFIG_INVALID', 'has 4 problems')
    expect(ended.stderr).toMatch(/^mistakes\.yaml:5 {2}trainer\.betta .*\n {2}hint: .*beta/m)
    expect(ended.stderr).toMatch(/^mistakes\.yaml:6 {2}trainer\.epochs /m)
    expect(ended.stderr).toMatch(/^mistakes\.yaml:7 {2}simulator\.stepSeconds .*30/m)
    expect(ended.stderr).toMatch(/^--set workers /m)
  })

  it('that is no YAML is refused at the line of the slip', async () => {
    const ended = await withText('syntax.yaml', `${HEAD}trainer: { beta: 0.2\narms: {}\n`)
    expectTold(ended, 2, 'CONFIG_INVALID', 'syntax.yaml:5', 'not valid YAML', 'hint: Check indentation')
  })

  it('that is not there is refused by its name', async () => {
    const ended = await attune(['run', 'nowhere.yaml', '--runs', 'runs'], { cwd: folder })
    expectTold(ended, 2, 'CONFIG_FILE_MISSING', 'nowhere.yaml  there is no such file', 'hint: Check the path')
  })

  it('that names no persona of ours is refused with the nearest', async () => {
    const ended = await withText('persona.yaml', 'name: bad\ndays: 1\npersonas: [amara-voice-teachr]\n')
    expectTold(ended, 2, 'CONFIG_INVALID', 'amara-voice-teachr', `Did you mean \`${AMARA}\`?`)
  })

  it('that names a bad persona file is refused with every problem of that file', async () => {
    const persona = readFileSync(join(root, 'configs/personas', `${AMARA}.yaml`), 'utf8')
    writeFileSync(join(folder, 'me.yaml'), persona.replace(/^age: .*$/m, 'age: old\nshoes: 42'))
    const ended = await withText('own.yaml', 'name: bad\ndays: 1\npersonas: [me.yaml]\n')
    expectTold(ended, 2, 'CONFIG_INVALID')
    expect(ended.stderr).toMatch(/me\.yaml:3 {2}age /)
    expect(ended.stderr).toMatch(/me\.yaml:4 {2}shoes /)
  })

  it('that names no base model is refused by its key', async () => {
    const ended = await withText('base.yaml', `${HEAD}assistant: { model: ./nothing }\n`)
    expectTold(
      ended,
      2,
      'BASE_MISSING',
      'assistant.model  there is no base model ./nothing',
      'hint: `nano`, a Hugging Face model folder',
    )
  })
})

describe('attune report', () => {
  it('of a folder that is no run says what to name', async () => {
    writeFileSync(join(folder, 'file.txt'), '')
    for (const name of ['.', 'not-there', 'file.txt'])
      expectTold(
        await attune(['report', name], { cwd: folder }),
        2,
        'RUN_MISSING',
        'manifest.json',
        'hint: Name the folder of a run',
      )
  })
})

describe('a run that stands', () => {
  const quick = { personas: [AMARA], workers: 1, references: [] }
  const two = configFile(join(folder, 'two'), { ...quick, days: 2 })
  const three = configFile(join(folder, 'three'), { ...quick, days: 3 })
  const day = (run: string, n: number): string => join(run, 'arms/full', AMARA, `day-0${n}`)
  const source = join(runs, 'source', 'tiny')
  let unbroken: Record<string, string>

  /** A copy of the finished run of two days. */
  function copy(name: string): string {
    const run = join(runs, name, 'tiny')
    cpSync(source, run, { recursive: true, preserveTimestamps: true })
    return run
  }
  const go = (config: string, run: string, ...more: string[]): Promise<Ended> =>
    attune(['run', config, '--runs', join(run, '..'), ...more])

  beforeAll(async () => {
    expect((await go(two, source)).code).toBe(0)
    const whole = copy('unbroken')
    expect((await go(three, whole)).code).toBe(0)
    unbroken = bytesOf(whole)
  })

  it.each([
    ['records.parquet', 1, 'PARQUET_UNREADABLE', "Delete that day's folder", ['']],
    ['pairs.parquet', 2, 'PARQUET_UNREADABLE', "Delete that day's folder", ['']],
    [
      'checkpoint.json',
      2,
      'CHECKPOINT_INVALID',
      'Delete this file and its checkpoint folder',
      ['checkpoint.json', 'checkpoint'],
    ],
    [
      'checkpoint/model.safetensors',
      2,
      'CHECKPOINT_INVALID',
      '/checkpoint and ',
      ['checkpoint.json', 'checkpoint'],
    ],
    ['metrics.json', 1, 'METRICS_INVALID', "Delete that day's metrics.json", ['metrics.json']],
  ])(
    'with %s cut off names the file and what to delete; then the same command completes it',
    async (file, n, code, hint, remedy) => {
      const run = copy(code + file.replaceAll('/', '-'))
      const damaged = join(day(run, n), file)
      truncateSync(damaged, 100)
      const before = bytesOf(run)
      expectTold(await go(three, run), 1, code, damaged, hint)
      // nothing that was sealed is touched
      const after = bytesOf(run)
      for (const [name, bytes] of Object.entries(before))
        if (name.includes('day-')) expect(after[name]).toBe(bytes)
      for (const name of remedy) rmSync(join(day(run, n), name), { recursive: true })
      const again = await go(three, run)
      expect(again.code, again.stderr).toBe(0)
      expect(bytesOf(run)).toEqual(unbroken)
    },
  )

  it('with a damaged line in a journal names file and line, and the day is lived again without it', async () => {
    const run = copy('journal')
    mkdirSync(day(run, 3))
    const journal = join(day(run, 3), 'journal.jsonl')
    writeFileSync(journal, '{"no":"record"}\n{}\n')
    expectTold(await go(three, run), 1, 'JOURNAL_CORRUPT', `${journal}:1`, "Delete that day's folder")
    rmSync(day(run, 3), { recursive: true })
    expect((await go(three, run)).code).toBe(0)
    expect(bytesOf(run)).toEqual(unbroken)
  })

  it('with a manifest cut off is refused, and left as it is', async () => {
    const run = copy('manifest')
    truncateSync(join(run, 'manifest.json'), 100)
    const before = bytesOf(run)
    expectTold(
      await go(three, run),
      1,
      'MANIFEST_INVALID',
      join(run, 'manifest.json'),
      'hint: It was cut off',
    )
    expectTold(await attune(['report', run]), 1, 'MANIFEST_INVALID', 'hint: ')
    expect(bytesOf(run)).toEqual(before)
  })

  it('refuses another configuration, naming each key with both values, and stays as it is', async () => {
    const before = bytesOf(source)
    const sets = ['days=1', 'trainer.beta=0.7', 'simulator.stepSeconds=1800', 'arms.full={trainer.epochs: 2}']
    const ended = await go(two, source, ...sets.flatMap((set) => ['--set', set]))
    expectTold(ended, 2, 'RUN_DIFFERS', 'Give the run another `name`')
    expect(ended.stderr).toContain('days  was 2, is now 1')
    expect(ended.stderr).toMatch(/trainer\.beta {2}was [\d.]+, is now 0\.7/)
    expect(ended.stderr).toContain('simulator.stepSeconds  was 3600, is now 1800')
    expect(ended.stderr).toContain('arms.full.trainer.epochs  was not set, is now 2')
    expect(bytesOf(source)).toEqual(before)
  })

  it('refuses to go on with another base model under the same name', async () => {
    const model = join(folder, 'base')
    cpSync(join(root, 'models/nano'), model, { recursive: true })
    const config = configFile(join(folder, 'own-base'), { ...quick, days: 1, assistant: { model } })
    const run = join(runs, 'own-base', 'tiny')
    const first = await go(config, run)
    expect(first.code, first.stderr).toBe(0)
    const weights = readFileSync(join(model, 'model.safetensors'))
    weights.writeUInt8(weights.at(-1)! ^ 1, weights.length - 1)
    writeFileSync(join(model, 'model.safetensors'), weights)
    expectTold(
      await go(config, run, '--set', 'days=2'),
      2,
      'RUN_DIFFERS',
      'assistant.model  the base model is not the one',
      'hint: Give the run another `name`.',
    )
  })

  it('refuses to go on with a persona that was edited, naming it', async () => {
    const own = join(folder, 'own.yaml')
    cpSync(join(root, 'configs/personas', `${AMARA}.yaml`), own)
    const config = configFile(join(folder, 'edited'), { ...quick, personas: [own], days: 1 })
    const run = join(runs, 'edited', 'tiny')
    expect((await go(config, run)).code).toBe(0)
    writeFileSync(own, readFileSync(own, 'utf8').replace(/^age: .*$/m, 'age: 50'))
    expectTold(
      await go(config, run),
      2,
      'RUN_DIFFERS',
      `personas.${AMARA}  has been edited since this run began`,
    )
  })
})
