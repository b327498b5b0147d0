import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../../common/package-root.js'
import { readLog } from '../../../trainers/hf-jobs/job-log.js'
import { preferenceRows } from '../../../trainers/hf-jobs/preference-rows.js'
import { somePairs } from '../../support/trainers/hosted-job.js'

describe('the log of a job', () => {
  it('tells the latest progress, whatever else stands in it', () => {
    const lines = [
      '===== Job started =====',
      'attune {"step": 0, "steps": 9}',
      'attune {"step": 4, "steps": 9, "loss": 0.5}',
      'attune {"step": 5, "st',
    ]
    expect(readLog(lines).progress).toEqual({ step: 4, steps: 9 })
  })

  it('tells what the job says has gone wrong, or else its last words', () => {
    const crash = ['Traceback (most recent call last):', 'torch.OutOfMemoryError: CUDA out of memory.', '']
    expect(readLog(crash).failure).toBe('torch.OutOfMemoryError: CUDA out of memory.')
    expect(readLog(['attune {"failed": "too long"}', ...crash]).failure).toBe('too long')
    expect(readLog([]).failure).toBeNull()
  })

  it('is read whatever stands in it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.json().map((json) => `attune ${json}`),
          ),
        ),
        (lines) => {
          expect(Object.keys(readLog(lines))).toEqual(['progress', 'failure'])
        },
      ),
    )
  })
})

describe('rows of a night', () => {
  it('have one shape: messages for all as soon as one pair has a system message', () => {
    const rows = preferenceRows(somePairs(2)).trim().split('\n')
    expect(rows.map((row) => JSON.parse(row) as unknown)).toMatchObject([
      { prompt: [{ role: 'system' }, { role: 'user' }], chosen: [{ role: 'assistant' }] },
      { prompt: [{ role: 'user' }], rejected: [{ role: 'assistant' }] },
    ])
  })
})

it('a job installs the versions that figures are checked against', () => {
  const read = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8')
  const pins = [...read('trainers/hf-jobs/run.py').matchAll(/^# {3}"([\w.=-]+)",$/gm)].map(([, pin]) => pin)
  const checked = read('tests/interop/requirements.txt').split('\n')
  expect(pins.length).toBeGreaterThan(5)
  expect(pins.filter((pin) => !checked.includes(pin ?? ''))).toEqual([])
})
