import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { packageRoot } from '../../common/package-root.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { TRAINER_BACKENDS } from '../../configs/run/trainer.js'
import { checkTrainer } from '../../trainers/check-trainer.js'
import { createTrainer } from '../../trainers/create-trainer.js'

const page = readFileSync(join(packageRoot(), 'docs/trainers.md'), 'utf8')
const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((found) => found[1]!)
const named = blocks.map((text) => ({ name: /^name: (.+)$/m.exec(text)![1]!, text }))
const env = {
  HF_TOKEN: 'hf_examplekey1',
  OPENAI_API_KEY: 'key',
  TOGETHER_API_KEY: 'key',
  FIREWORKS_API_KEY: 'key',
}

test('every backend has a row and an example', () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map((found) => found[1])
  expect(rows).toEqual([...rows].filter((row) => TRAINER_BACKENDS.some((backend) => backend === row)))
  expect(new Set(rows)).toEqual(new Set(TRAINER_BACKENDS))
  expect(named.map(({ name }) => name)).toEqual(rows.filter((row) => row !== 'none'))
})

test.each(named)('$name loads, and its backend can do what it asks', async ({ name, text }) => {
  const folder = mkdtempSync(join(tmpdir(), 'attune-docs-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'run.yaml'), text)
  const { trainer } = loadRunConfig(join(folder, 'run.yaml'))
  expect(trainer.backend).toBe(name)
  const problems = checkTrainer(trainer, env).filter(({ code }) => code !== 'TRAINER_PYTHON_MISSING')
  expect(problems).toEqual([])
  expect((await createTrainer(trainer, null, env))?.name).toBe(name)
})
