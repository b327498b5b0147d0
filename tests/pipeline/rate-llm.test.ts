import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { Role } from '../../models/calls/call-entry.js'
import type { ReportDocument } from '../../pipeline/report/document.js'
import { attune, type Ended, start, type Started, until } from '../helpers/attune.js'
import { answersOf, ledgerOf, llmConfig } from '../helpers/llm-run.js'
import { temporaryFolder } from '../helpers/run-folder.js'
import { type LlmServer, startLlmServer } from '../support/llm-server.js'
import { rolePlay } from '../support/role-play.js'

const KILLS = 3
const folder = temporaryFolder()
const runs = join(folder, 'runs')
const run = join(runs, 'tiny')
let server: LlmServer
let judges: LlmServer
beforeAll(async () => {
  server = await startLlmServer({ reply: rolePlay })
  judges = await startLlmServer({ reply: rolePlay, latencyMs: 10, faults: { rateLimit: 0.05 } })
  const config = llmConfig(folder, server, {})
  const { code, stderr } = await attune(['run', config, '--runs', runs])
  expect(code, stderr).toBe(0)
  // what is left is for the judge to ask
  await server.close()
})
afterAll(() => judges.close())

function args(name: string, more: Record<string, unknown> = {}): string[] {
  const file = join(folder, `${name}.yaml`)
  const limits = { concurrent: 3 }
  const judge = { model: 'judge', url: judges.url, retries: 12, limits, price: { input: 2, output: 8 } }
  writeFileSync(file, stringify({ name, rater: 'judge', models: { judge }, ...more }))
  return ['rate', run, '--rater', file]
}
const rate = (name: string, more: Record<string, unknown> = {}): Promise<Ended> =>
  attune([...args(name, more), '--json'])
const paid = (name: string): number =>
  ledgerOf(join(run, 'ratings', name)).filter(({ type }) => type === 'reply').length

const documentOf = ({ stdout }: Ended) => JSON.parse(stdout) as ReportDocument

async function underWay(name: string, calls: number): Promise<Started> {
  const asked = judges.requests.length
  const started = start(args(name))
  await until(() => judges.requests.length > asked + calls, 'some calls')
  return started
}

describe('a model that rates a run in which a model planned the days', () => {
  it('asks nothing twice though it is killed again and again, and ends with the ratings of one never killed', async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      const { pid, ended } = await underWay('killed', 20)
      process.kill(-pid, 'SIGKILL')
      await ended
    }
    const killed = await rate('killed')
    expect(killed.code, killed.stderr).toBe(0)
    const answers = answersOf(judges)
    // answered while the process died: nobody took the answer
    const unheard = answers.reduce((sum, times) => sum + times, 0) - paid('killed')
    expect(unheard).toBeLessThanOrEqual(KILLS * judges.concurrentPeak)
    expect(new Set(ledgerOf(join(run, 'ratings/killed')).map(({ key }) => key)).size).toBe(paid('killed'))

    const asked = judges.requests.length
    expect((await rate('killed')).code).toBe(0)
    expect(judges.requests.length).toBe(asked)

    const whole = await rate('whole')
    expect(whole.code, whole.stderr).toBe(0)
    expect(paid('whole')).toBe(paid('killed'))
    const { agreements } = documentOf(whole)
    const twins = agreements.find(({ a, b }) => a === 'killed' && b === 'whole')!
    expect(twins.all.criteria.timing.agreement.value).toBe(1)
    // the same model asked the same things at the same moments: the days are those of the run
    const own = agreements.find(({ a, b }) => a === 'run' && b === 'whole')!
    expect(own.all.n).toBeGreaterThan(50)
    expect(own.spoken.criteria.preference.agreement.value).toBe(1)
  }, 120_000)

  it('stops at Ctrl-C with 130, and goes on', async () => {
    const { pid, ended } = await underWay('stopped', 20)
    process.kill(pid, 'SIGINT')
    const { code, stderr } = await ended
    expect(code, stderr).toBe(130)
    expect(stderr).toContain('stopping after this step')
    const kept = paid('stopped')
    expect(kept).toBeGreaterThan(0)
    const whole = await rate('stopped')
    expect(whole.code, whole.stderr).toBe(0)
    expect(paid('stopped')).toBe(paid('whole'))
  })

  it('stops before its budget is passed, which is not the run’s', async () => {
    const { code, stderr } = await rate('poor', { budget: { calls: 25 } })
    expect(code).toBe(2)
    expect(stderr).toContain('BUDGET_REACHED')
    expect(paid('poor')).toBe(25)
  })

  it('says something else with another seed', async () => {
    const { agreements } = documentOf(await rate('seeded', { seed: 99 }))
    const { spoken } = agreements.find(({ a, b }) => a === 'run' && b === 'seeded')!
    expect(spoken.n).toBeGreaterThan(0)
    expect(spoken.criteria.preference.agreement.value).toBeLessThan(1)
    expect(spoken.score.pearson.value).toBeLessThan(0.9)
  })
})

describe('what was spent', () => {
  let report: ReportDocument
  beforeAll(async () => {
    const { code, stdout, stderr } = await attune(['report', run, '--json'])
    expect(code, stderr).toBe(0)
    report = JSON.parse(stdout) as ReportDocument
  })

  it('is told by role over the whole run, plans included, as the ledgers have it, and without other raters', () => {
    const entries = ['arms', 'plans'].flatMap((part) => ledgerOf(join(run, part)))
    const roles = ['life', 'rater', 'assistant'] as const satisfies Role[]
    expect(Object.keys(report.spent.byRole).toSorted()).toEqual([...roles].toSorted())
    for (const role of roles) {
      const of = entries.filter((entry) => entry.role === role && entry.type === 'reply')
      expect(report.spent.byRole[role]!.calls, role).toBe(of.length)
    }
    expect(report.spent.total.calls).toBe(entries.filter(({ type }) => type === 'reply').length)
    expect(report.spent.total.usd).toBeGreaterThan(0)
  })

  it('stands at each day of an arm, less the plans that arms share', () => {
    const days = report.arms.flatMap((arm) => arm.days)
    const sum = (of: (day: (typeof days)[number]) => number): number =>
      days.reduce((total, day) => total + of(day), 0)
    expect(sum(({ spent }) => spent.rater!.calls)).toBe(report.spent.byRole.rater!.calls)
    expect(sum(({ usd }) => usd)).toBeCloseTo(report.spent.total.usd - report.spent.byRole.life!.usd, 9)
  })

  it('by other raters stands with them, failed attempts apart from ratings that could not be had', () => {
    const whole = report.raters.find(({ name }) => name === 'whole')!
    expect(whole).toMatchObject({ rater: 'judge', failures: 0, personaDays: 2 })
    expect(whole.spent.total).toMatchObject({ calls: paid('whole') })
    expect(whole.spent.total.failures).toBeGreaterThan(0)
  })

  it('is shown at the end of the day table', async () => {
    const { stderr } = await attune(['report', run])
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
      /Spent: [\d ]+ calls, [\d ]+ prompt tokens \([\d.]+ % cached\), [\d ]+ reply tokens, [\d.]+ USD\./,
    )
  })
})
