import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readPairs, readRecords } from '../../datasets/parquet.js'
import type { RatedRecord } from '../../datasets/schema.js'
import { attune } from '../helpers/attune.js'
import { ledgerOf, llmConfig } from '../helpers/llm-run.js'
import { AMARA, configFile, temporaryFolder } from '../helpers/run-folder.js'
import { startLlmServer } from '../support/llm-server.js'
import { rolePlay } from '../support/role-play.js'

const folder = temporaryFolder()
const ONE_DAY = { days: 1, personas: [AMARA], references: [], trainer: { backend: 'none' } }

async function live(name: string, changes: Record<string, unknown>): Promise<string> {
  const config = configFile(join(folder, name), { ...ONE_DAY, ...changes })
  const ended = await attune(['run', config, '--runs', join(folder, name)])
  expect(ended.code, ended.stderr).toBe(0)
  return join(folder, name, 'tiny')
}
const day = (run: string, arm = 'full'): string => join(run, 'arms', arm, AMARA, 'day-01')
const metricsOf = (run: string, arm?: string) =>
  JSON.parse(readFileSync(join(day(run, arm), 'metrics.json'), 'utf8')) as Record<string, number>

describe('deciding at each change of action', () => {
  it('asks the assistant once for each action, and hours awake are still hours', async () => {
    const run = await live('actions', { simulator: { decide: 'actions' } })
    const records = await readRecords(join(day(run), 'records.parquet'))
    const said = records.map(({ moment }) => `${moment.activity} ${moment.action}`)
    expect(
      said.every(
        (action, i) => action !== said[i - 1] || records[i]!.moment.room !== records[i - 1]!.moment.room,
      ),
    ).toBe(true)
    const { perHour, deliveries } = metricsOf(run)
    const first = records[0]!.moment.minute
    const last = records.at(-1)!.moment.minute
    expect(deliveries! / perHour!).toBeGreaterThan((last - first) / 60)
    expect(deliveries! / perHour!).toBeLessThan((last - first) / 60 + 2)
  })
})

describe('an assistant that speaks only when asked', () => {
  let records: RatedRecord[]
  let run: string
  beforeAll(async () => {
    run = await live('asked', {
      simulator: { stepSeconds: 300, noise: 0 },
      assistant: { spokenCounterfactuals: 0 },
      arms: { reactive: { 'assistant.speaks': 'asked' }, proactive: {} },
    })
    records = await readRecords(join(day(run, 'reactive'), 'records.parquet'))
  })

  it('is silent at every step at which the user does not ask', () => {
    expect(records.some(({ asked }) => asked)).toBe(true)
    for (const { asked, candidates, delivered } of records)
      if (!asked) expect(candidates[delivered]!.text).toBeNull()
  })

  it('is asked in wished slots that nobody has served', () => {
    for (const { asked, truth } of records)
      if (asked) expect(truth).toMatchObject({ overdue: true, served: false })
  })

  it('lives the same moments as an assistant that speaks unasked', async () => {
    const others = await readRecords(join(day(run, 'proactive'), 'records.parquet'))
    expect(records.map(({ moment }) => moment)).toEqual(others.map(({ moment }) => moment))
    expect(others.every(({ asked }) => !asked)).toBe(true)
  })
})

describe('pairs from revisions', () => {
  it('set what was delivered against what the user would have had', async () => {
    const server = await startLlmServer({ reply: rolePlay })
    const simulator = { stepSeconds: 600, life: 'life', rater: 'rater' }
    const changes = { personas: [AMARA], pairs: { source: 'revision' }, simulator }
    const config = llmConfig(join(folder, 'revision'), server, changes)
    const ended = await attune(['run', config, '--runs', join(folder, 'revision')])
    await server.close()
    expect(ended.code, ended.stderr).toBe(0)
    const run = join(folder, 'revision', 'tiny')
    const records = await readRecords(join(day(run), 'records.parquet'))
    const pairs = await readPairs(join(day(run), 'pairs.parquet'))
    expect(pairs.length).toBeGreaterThan(2)
    for (const { step, chosen, rejected, system } of pairs) {
      const { candidates, delivered } = records.find(({ moment }) => moment.step === step)!
      const replies = [candidates[delivered]!, candidates.find(({ origin }) => origin === 'revision')!].map(
        ({ reply }) => reply,
      )
      expect(new Set(replies)).toEqual(new Set([chosen, rejected]))
      expect(JSON.parse(chosen)).toHaveProperty('recommendation')
      expect(system).toContain('assistant')
    }
  })
})

describe('a budget', () => {
  it('stops a run before it is passed, and with a higher one the same command goes on without paying twice', async () => {
    const server = await startLlmServer({ reply: rolePlay })
    const at = join(folder, 'budget')
    const config = llmConfig(at, server, { budget: { calls: 60 } })
    const stopped = await attune(['run', config, '--runs', at])
    expect(stopped.code).toBe(2)
    expect(stopped.stderr).toContain('budget.calls')
    expect(stopped.stderr).toContain('code: BUDGET_REACHED')
    expect(server.requests.length).toBeLessThanOrEqual(60)
    expect(server.requests.length).toBeGreaterThan(40)
    const ended = await attune(['run', config, '--runs', at, '--set', 'budget.calls=100000'])
    await server.close()
    expect(ended.code, ended.stderr).toBe(0)
    expect(ledgerOf(join(at, 'tiny'))).toHaveLength(server.requests.length)
  })
})
