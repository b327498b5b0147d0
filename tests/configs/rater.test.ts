import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeKeys } from '../../configs/describe-keys.js'
import { loadRater, raterSchema } from '../../configs/rater.js'
import { temporaryFolder } from '../helpers/run-folder.js'

const folder = temporaryFolder()
const load = (text: string) => {
  const file = join(folder, 'rater.yaml')
  writeFileSync(file, text)
  return loadRater(file)
}
const MODELS = 'models: { judge: { model: m, url: "http://localhost:1/v1" } }'

describe('the file of a rater', () => {
  it('needs a name only', () => {
    expect(load('name: other')).toMatchObject({
      rater: 'built-in',
      noise: 0,
      seed: null,
      budget: { usd: null },
    })
    expect(load(`name: other\nrater: judge\n${MODELS}`).llm.rating).toBe('joint')
  })

  it.each([
    ['name: run', 'name', 1, 'is what the run’s own ratings are called'],
    [`name: x\nrater: juge\n${MODELS}`, 'rater', 2, 'did you mean `judge`?'],
    ['name: x\nnois: 0.1', 'nois', 2, 'unknown key'],
    ['name: x\nllm:\n  rating: all', 'llm.rating', 3, 'one of joint, separate'],
    [`name: x\nrater: judge\nbudget: { usd: 1 }\n${MODELS}`, 'budget.usd', 3, 'no price'],
    ['noise: 2', 'name', undefined, 'missing'],
  ])('is refused with key and line: %j', (text, key, line, message) => {
    let problems: unknown
    try {
      load(text)
    } catch (error) {
      problems = (error as { details: { problems: unknown } }).details.problems
    }
    const problem = {
      message: expect.stringContaining(message) as string,
      details: expect.objectContaining({ key, ...(line && { line }) }) as object,
    }
    expect(problems).toEqual(expect.arrayContaining([expect.objectContaining(problem)]))
  })

  it('has every key of its own in docs/raters.md, with its default', () => {
    const page = readFileSync('docs/raters.md', 'utf8')
    const own = describeKeys(raterSchema).filter(
      ({ key, section }) => !section && !/^(models|prompts|budget)\b/.test(key),
    )
    expect(own.length).toBeGreaterThan(6)
    for (const { key, required, default: standard } of own)
      expect(page).toContain(`| \`${key}\` | ${required ? '**required**' : `\`${standard}\``} |`)
  })
})
