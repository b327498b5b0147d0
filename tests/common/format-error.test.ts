import { expect, test } from 'vitest'
import { AttuneError } from '../../common/error.js'
import { errorToJson } from '../../common/error-to-json.js'
import { formatError } from '../../common/format-error.js'

const problem = new AttuneError('CONFIG_KEY_UNKNOWN', 'config', 'unknown key', {
  file: 'a.yaml',
  line: 3,
  key: 'trainer.btea',
  hint: 'Did you mean `beta`?',
})
const option = new AttuneError('CONFIG_VALUE', 'config', 'expected number', {
  file: '--set',
  key: 'trainer.beta',
})
const all = new AttuneError('CONFIG_INVALID', 'config', 'the configuration has 2 problems', {
  file: 'a.yaml',
  problems: [problem, option],
})

test('a person reads one block a problem: place, key, message, hint', () => {
  expect(formatError(all)).toBe(
    [
      'error: a.yaml  the configuration has 2 problems',
      '',
      'a.yaml:3  trainer.btea  unknown key',
      '  hint: Did you mean `beta`?',
      '',
      '--set trainer.beta  expected number',
      '',
      '  code: CONFIG_INVALID',
    ].join('\n'),
  )
})

test('a single error shows its cause and no stack', () => {
  const error = new AttuneError('DISK_FULL', 'io', 'the records could not be written', {
    file: 'runs/a/records.parquet',
    cause: new Error('ENOSPC'),
    hint: 'Free some space and start the same command again.',
  })
  expect(formatError(error)).toBe(
    [
      'error: runs/a/records.parquet  the records could not be written',
      '  cause: ENOSPC',
      '  hint: Free some space and start the same command again.',
      '  code: DISK_FULL',
    ].join('\n'),
  )
})

test('an error that was not expected is told as a defect, without a stack', () => {
  const told = formatError(new TypeError('x is not a function'))
  expect(told).toContain('x is not a function')
  expect(told).toContain('please report')
  expect(told).not.toMatch(/\bat .*\.ts/)
})

test('machines get the same as plain data', () => {
  expect(errorToJson(all)).toEqual({
    code: 'CONFIG_INVALID',
    kind: 'config',
    message: 'the configuration has 2 problems',
    file: 'a.yaml',
    problems: [
      {
        code: 'CONFIG_KEY_UNKNOWN',
        kind: 'config',
        message: 'unknown key',
        file: 'a.yaml',
        line: 3,
        key: 'trainer.btea',
        hint: 'Did you mean `beta`?',
      },
      {
        code: 'CONFIG_VALUE',
        kind: 'config',
        message: 'expected number',
        file: '--set',
        key: 'trainer.beta',
      },
    ],
  })
})

test('whatever was thrown can be shown', () => {
  const hostile = {
    toString: () => {
      throw new Error('no')
    },
  }
  for (const thrown of [undefined, null, 3, 'text', Symbol('s'), {}, hostile, new Error('')]) {
    expect(formatError(thrown)).toMatch(/^error: ./)
    expect(errorToJson(thrown).code).toBe('INTERNAL')
  }
})
