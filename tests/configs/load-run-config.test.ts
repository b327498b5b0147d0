import { describe, expect, test } from 'vitest'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import { TRAINER_BACKENDS } from '../../configs/run/trainer.js'
import { problemsBy, thrownBy, yamlFile } from './helpers.js'

const least = 'name: first\ndays: 3\n'
const load = (text: string, ...set: string[]) => loadRunConfig(yamlFile(text), set)

describe('a run configuration', () => {
  test('needs a name and days, the rest has defaults', () => {
    const config = load(least)
    expect(config).toMatchObject({
      name: 'first',
      days: 3,
      personas: 'all',
      trainer: { beta: 0.1, lora: null },
    })
    expect(config.arms).toEqual({ full: {} })
    expect(problemsBy(() => load('seed: 2\n')).map((each) => each.split(',')[0])).toEqual([
      '- name: missing',
      '- days: missing',
    ])
  })

  test('names the right place of a key that stands in the wrong one', () => {
    expect(problemsBy(() => load(`${least}beta: 0.2\ntrainer.epochs: 3\nlearning_rate: 1e-4\n`))).toEqual([
      '3 beta: unknown key | Did you mean `trainer.beta`?',
      '4 trainer.epochs: unknown key | Write it nested: `trainer: { epochs: ... }`.',
      '5 learning_rate: unknown key | Did you mean `trainer.learningRate`?',
    ])
  })
})

describe('--set', () => {
  test('reads values as YAML, the last one wins, mappings merge and the rest replaces', () => {
    const set = [
      'days=5',
      'days=7',
      'personas=[a, b]',
      'trainer.lora={rank: 8}',
      'trainer.lora.alpha=4',
      'simulator.drift={fromDay: 4}',
    ]
    const config = load(`${least}trainer:\n  lora: { dropout: 0.1 }\n`, ...set)
    expect(config).toMatchObject({
      days: 7,
      personas: ['a', 'b'],
      simulator: { drift: { fromDay: 4, share: 0.3 } },
    })
    expect(config.trainer.lora).toMatchObject({ rank: 8, alpha: 4, dropout: 0.1 })
    expect(load(`${least}trainer:\n  lora: { rank: 2 }\n`, 'trainer.lora=null').trainer.lora).toBeNull()
  })

  test('mends what the file has wrong', () => {
    expect(load('name: first\ndays: many\n', 'days=2').days).toBe(2)
  })

  test('tells every problem with the option that made it', () => {
    const set = [
      'trainer.beta=abc',
      'trainer.btea=1',
      'pairs.replay={count: 0}',
      'simulator.drift.share=0.2',
      'days',
      '.x=1',
      'seed=[1',
    ]
    const found = problemsBy(() => load(least, ...set))
    expect(found.toSorted()).toEqual(
      [
        '--set trainer.beta: expected number above 0, found "abc" | Meaning: DPO: strength of the pull to the reference model.',
        '--set trainer.btea: unknown key | Did you mean `beta`?',
        '--set pairs.replay pairs.replay.count: expected whole number of at least 1, found 0 | Meaning: Pairs of one night (the paper: 200).',
        '--set simulator.drift.share simulator.drift.fromDay: missing, expected whole number of at least 2 | Meaning: First day on which some likings and windows have changed.',
        '--set days: expected key=value with a dotted key | For example: --set trainer.beta=0.2',
        '--set .x=1: expected key=value with a dotted key | For example: --set trainer.beta=0.2',
        '--set seed: the value is not YAML: Flow sequence must end with a ] | For example: --set trainer.beta=0.2',
      ].toSorted(),
    )
  })

  test('cannot reach into the prototype of objects', () => {
    expect(problemsBy(() => load(least, '__proto__.polluted=1')).length).toBeGreaterThan(0)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('arms', () => {
  const arms = [
    'trainer:',
    '  lora: { rank: 4 }',
    'arms:',
    '  full: {}',
    '  none:',
    '    trainer.backend: none',
    '  wide:',
    '    trainer:',
    '      lora: { rank: 64 }',
    '      beta: 0.5',
    '    assistant.memory.retrieved: 0',
  ].join('\n')

  test('apply dotted and nested overrides and leave everything else as it is', () => {
    const config = load(`${least}${arms}`)
    expect(config.arms.wide).toEqual({
      'trainer.lora.rank': 64,
      'trainer.beta': 0.5,
      'assistant.memory.retrieved': 0,
    })
    const wide = resolveArm(config, 'wide')
    expect(wide.trainer).toEqual({ ...config.trainer, beta: 0.5, lora: { ...config.trainer.lora, rank: 64 } })
    expect(wide.assistant.memory).toEqual({ ...config.assistant.memory, retrieved: 0 })
    expect(Object.keys(wide.arms)).toEqual(['wide'])
    expect(resolveArm(config, 'none').trainer.backend).toBe('none')
    expect({ ...resolveArm(config, 'full'), arms: config.arms }).toEqual(config)
    expect(config.trainer.backend).toBe('embedded')
  })

  test('are added and changed by --set', () => {
    const config = load(
      `${least}${arms}`,
      'arms.wide.trainer.lora.rank=2',
      'arms.extra={trainer: {beta: 2}}',
      'arms.bare={}',
    )
    expect(resolveArm(config, 'wide').trainer.lora?.rank).toBe(2)
    expect(resolveArm(config, 'extra').trainer.beta).toBe(2)
    expect(config.arms.bare).toEqual({})
    expect(problemsBy(() => load(least, 'arms.full.trainer.beta=-1'))).toEqual([
      '--set arms.full.trainer.beta: expected number above 0, found -1 | Meaning: DPO: strength of the pull to the reference model.',
    ])
  })

  test('are all checked when the file is loaded, at their own lines', () => {
    const text = [
      'name: first',
      'days: 3',
      'arms:',
      '  none:',
      '    trainer:',
      '      backend: nnoe',
      '    betas: 1',
      '    days: 2',
      '  twice:',
      '    trainer: { beta: 1 }',
      '    trainer.beta: 2',
      '    pairs: 3',
      '  list: [1]',
    ].join('\n')
    expect(problemsBy(() => load(text))).toEqual([
      `6 arms.none.trainer.backend: expected one of ${TRAINER_BACKENDS.join(', ')}, found "nnoe" | Did you mean \`none\`?`,
      '7 arms.none.betas: unknown key | Did you mean `trainer.beta`?',
      '8 arms.none.days: is the same for all arms of a run | An arm may change keys of simulator, assistant, pairs, trainer; set `days` for the whole run.',
      '11 arms.twice.trainer.beta: also set by `trainer.beta` of this arm | Set a key of an arm once, either nested or dotted.',
      '12 arms.twice.pairs: expected mapping, found 3 | Meaning: How ratings become preference pairs.',
      '13 arms.list: expected mapping of names to values, found [1] | Meaning: Overrides of this arm: dotted keys of assistant, pairs, trainer or simulator, e.g. `trainer.backend: none`.',
    ])
  })

  test('without a value, as in `full:`, are told how to be empty', () => {
    expect(problemsBy(() => load(`${least}arms:\n  full:\n`))).toEqual([
      '4 arms.full: expected mapping of names to values, found nothing (null) | Write `{}` where nothing is to be set.',
    ])
  })

  test('are not blamed for what is wrong in the run itself', () => {
    const found = problemsBy(() => load(`name: first\ndays: 0\n${arms}`))
    expect(found.map((each) => each.split(':')[0])).toEqual(['2 days'])
  })

  test('that do not exist are told with the nearest name', () => {
    const config = load(`${least}${arms}`)
    expect(thrownBy(() => resolveArm(config, 'nnoe'))).toMatchObject({
      code: 'ARM_UNKNOWN',
      details: { hint: 'Did you mean `none`?' },
    })
    expect(thrownBy(() => resolveArm(config, 'toString')).code).toBe('ARM_UNKNOWN')
  })

  test('made in code are checked as well', () => {
    const config = { ...load(least), arms: { odd: { 'trainer.beta': 'x' } } }
    expect(problemsBy(() => resolveArm(config, 'odd'))[0]).toMatch(
      /^- arms\.odd\.trainer\.beta: expected number above 0/,
    )
  })
})
