import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { loadRunConfig } from '../../../configs/load-run-config.js'
import { checkTrainer } from '../../../trainers/check-trainer.js'
import { trainerConfig } from '../../support/trainers/hosted-job.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const keysOf = (block: Record<string, unknown>): (string | undefined)[] =>
  checkTrainer(
    trainerConfig({ backend: 'trl', ...block, trl: { python: 'sh', ...(block['trl'] as object) } }),
  ).map(({ code, details }) => `${code} ${details.key}`)

it('what TRL can do is allowed', () => {
  expect(keysOf({})).toEqual([])
  for (const method of ['dpo', 'ipo', 'kto', 'sft']) expect(keysOf({ method, lora: {} })).toEqual([])
  expect(keysOf({ likelihoodWeight: 0.2, reference: 'previous' })).toEqual([])
  expect(keysOf({ trl: { prefix: ['env', 'A=b'], python: '/on/the/other/machine' } })).toEqual([])
})

it.each([
  [{ continuationMask: true }, 'continuationMask'],
  [{ labelSmoothing: 0.1 }, 'labelSmoothing'],
  [{ likelihoodWeight: 0.2, method: 'kto' }, 'likelihoodWeight'],
  [{ method: 'kto', batchSize: 1 }, 'batchSize'],
  [{ trl: { device: 'cpu', precision: 'fp16' } }, 'trl.precision'],
])('%j is refused before the run', (block, key) => {
  expect(keysOf(block)).toEqual([`TRAINER_CANNOT trainer.${key}`])
})

it('a Python or prefix that is not there is told, and a container without input', () => {
  expect(keysOf({ trl: { python: '/nowhere/python' } })).toEqual([
    'TRAINER_PYTHON_MISSING trainer.trl.python',
  ])
  expect(keysOf({ trl: { python: 'no-such-python' } })).toEqual(['TRAINER_PYTHON_MISSING trainer.trl.python'])
  expect(keysOf({ trl: { python: join(root, 'package.json') } })).toHaveLength(1)
  expect(keysOf({ trl: { prefix: ['no-such-program', 'box'] } })).toEqual([
    'TRAINER_PYTHON_MISSING trainer.trl.prefix',
  ])
  expect(keysOf({ trl: { prefix: ['docker', 'run', 'image'] } })[0]).toBe('TRAINER_CANNOT trainer.trl.prefix')
})

it('the preset loads', () => {
  const { trainer } = loadRunConfig(join(root, 'configs', 'trl.yaml'), [])
  expect(trainer).toMatchObject({ backend: 'trl', method: 'dpo', reference: 'base' })
  expect(checkTrainer(trainer).filter(({ code }) => code !== 'TRAINER_PYTHON_MISSING')).toEqual([])
})
