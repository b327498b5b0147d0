import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../common/package-root.js'
import { endpoint } from '../../configs/run/endpoint.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { checkTrainer } from '../../trainers/check-trainer.js'
import { temporaryFolder } from '../helpers/run-folder.js'
import { put } from '../helpers/scratch.js'

const page = readFileSync(join(packageRoot(), 'docs/serving.md'), 'utf8')
const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((found) => found[1]!)
const folder = temporaryFolder()
const configs = blocks.map((block, i) => loadRunConfig(put(folder, `${i}.yaml`, block)))

test('there is an example for every way in which a server takes adapters', () => {
  const ways = configs.map(({ models }) => models['llm']!.adapters)
  expect(ways.toSorted()).toEqual(endpoint.shape.adapters.unwrap().options.toSorted())
})

test.each(configs.map((config) => [config.name, config] as const))(
  'what %s asks of its trainer can be done',
  (_, config) => {
    const problems = checkTrainer(config.trainer, { OPENAI_API_KEY: 'sk-test', PATH: process.env['PATH'] })
    // a fresh clone has no Python environment
    expect(problems.filter(({ code }) => code !== 'TRAINER_PYTHON_MISSING')).toEqual([])
  },
)
