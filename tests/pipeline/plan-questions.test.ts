import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadRunConfig } from '../../configs/load-run-config.js'
import type { Estimate } from '../../pipeline/plan/document.js'
import { plan } from '../../pipeline/plan/plan.js'
import { llmConfig } from '../helpers/llm-run.js'
import { temporaryFolder } from '../helpers/run-folder.js'
import { type LlmServer, startLlmServer } from '../support/llm-server.js'

const folder = temporaryFolder()
const questions = join(folder, 'questions.csv')
const COUNT = 3
let server: LlmServer
beforeAll(async () => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(questions, 'Which is first?,one,two,three,four,A\n'.repeat(5))
  server = await startLlmServer({ reply: () => '' })
  process.env['HF_TOKEN'] = 'hf_plans'
})
afterAll(async () => {
  delete process.env['HF_TOKEN']
  await server.close()
})

const callsOf = async (changes: Record<string, unknown>): Promise<number> => {
  const config = loadRunConfig(
    llmConfig(join(folder, 'a'), server, {
      days: 2,
      simulator: { stepSeconds: 3600, rater: 'rater' },
      trainer: { backend: 'autotrain', lora: {}, reference: 'previous', hosted: { url: server.url } },
      ...changes,
    }),
  )
  const { whole }: Estimate = await plan({ config, runs: join(folder, 'runs') })
  return whole.roles.find(({ role }) => role === 'assistant')!.calls
}

it('questions after each night are planned for arms that train, with those put to the base on the first day', async () => {
  const without = await callsOf({})
  const evaluate = { questions, count: COUNT }
  const perPersona = COUNT * (2 + 1)
  // in a dry run every night leaves the base, so that the first night’s questions are those of the base
  expect((await callsOf({ evaluate })) - without).toBeGreaterThanOrEqual(2 * COUNT * 2)
  expect((await callsOf({ evaluate })) - without).toBeLessThanOrEqual(2 * perPersona)
  expect(await callsOf({ evaluate: { ...evaluate, retention: false } })).toBe(without)
  expect(server.requests).toEqual([])
})

it('a file of questions that cannot be read is told by the plan', async () => {
  await expect(callsOf({ evaluate: { questions: join(folder, 'none.csv') } })).rejects.toMatchObject({
    details: { problems: [{ code: 'QUESTIONS_INVALID' }] },
  })
})
