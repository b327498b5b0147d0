import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { packageRoot } from '../../common/package-root.js'
import { randomAt } from '../../common/random.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { spendOf } from '../../models/calls/spend.js'
import { type Estimate, estimateSchema } from '../../pipeline/plan/document.js'
import { plan } from '../../pipeline/plan/plan.js'
import { planText } from '../../pipeline/plan/plan-text.js'
import { pretendReply } from '../../pipeline/plan/pretend-reply.js'
import { attune, root } from '../helpers/attune.js'
import { ledgerOf, llmConfig } from '../helpers/llm-run.js'
import { AMARA, BRUNO, configFile, temporaryFolder } from '../helpers/run-folder.js'
import { put } from '../helpers/scratch.js'
import { type ChatBody, type LlmServer, startLlmServer } from '../support/llm-server.js'

const folder = temporaryFolder()
const runs = join(folder, 'runs')

/** A server whose models behave as `attune plan` assumes: the seed of a request addresses the same draws. */
function asAssumed({ messages, response_format, seed }: ChatBody, i: number): string {
  const form = response_format?.json_schema
  const chat = messages as { role: 'user'; content: string }[]
  const request = { messages: chat, ...(form && { json: { name: form.name, schema: form.schema } }) }
  return pretendReply(request, randomAt(seed!, i), { speaks: 0.2 })
}

let server: LlmServer
beforeAll(async () => {
  server = await startLlmServer({ reply: asAssumed })
})
afterAll(() => server.close())

const PAID = {
  name: 'paid',
  days: 2,
  simulator: { stepSeconds: 3600, life: 'life', rater: 'rater', llm: { summaries: 'model' } },
  assistant: { model: 'assistant', prompt: 'chat' },
  arms: {
    plain: {},
    spoken: { 'assistant.spokenCounterfactuals': 1, 'assistant.memory.summaries': 'model' },
  },
  references: ['always'],
}

const estimateOf = (changes: Record<string, unknown>, where = 'a'): Promise<Estimate> =>
  plan({ config: loadRunConfig(llmConfig(join(folder, where), server, { ...PAID, ...changes })), runs })

describe('a run whose roles are models behind endpoints', () => {
  const temporary = join(folder, 'tmp')
  const file = (): string => llmConfig(folder, server, PAID)
  let estimate: Estimate
  beforeAll(async () => {
    mkdirSync(temporary)
    const env = { TMPDIR: temporary }
    const planned = await attune(['plan', file(), '--runs', runs, '--json'], { env })
    expect(planned).toMatchObject({ code: 0, stderr: '' })
    estimate = JSON.parse(planned.stdout) as Estimate
  })

  it('is planned without a call and without a run folder, and leaves nothing behind', () => {
    expect(server.requests).toEqual([])
    expect(existsSync(runs)).toBe(false)
    expect(readdirSync(temporary)).toEqual([])
  })

  it('prints one document of the documented form', () => {
    expect(estimateSchema.parse(estimate)).toEqual(estimate)
    expect(estimate).toMatchObject({ personas: 2, days: 2, sampled: { personas: [AMARA, BRUNO], days: 2 } })
    expect(estimate.spent).toBeNull()
    expect(estimate.left).toEqual(estimate.whole)
  })

  it('then makes the calls that were planned, role by role, and has nothing left to ask for', async () => {
    const ended = await attune(['run', file(), '--runs', runs])
    expect(ended).toMatchObject({ code: 0 })
    const made = ledgerOf(join(runs, 'paid'))
    expect(estimate.whole.roles.map(({ role }) => role).toSorted()).toEqual(['assistant', 'life', 'rater'])
    for (const { role, calls, promptTokens, replyTokens } of estimate.whole.roles) {
      const spent = made.filter((entry) => entry.role === role).map(spendOf)
      const sum = (of: (spend: (typeof spent)[number]) => number): number =>
        spent.reduce((total, each) => total + of(each), 0)
      expect(Math.abs(calls / sum((each) => each.calls) - 1), `calls of ${role}`).toBeLessThan(0.02)
      const off = promptTokens / sum((each) => each.promptTokens) - 1
      expect(Math.abs(off), `prompt tokens of ${role}`).toBeLessThan(0.1)
      const replies = replyTokens / sum((each) => each.completionTokens) - 1
      expect(Math.abs(replies), `reply tokens of ${role}`).toBeLessThan(0.1)
    }
    expect(estimate.whole.total.requests).toBe(server.requests.length)

    const after = await estimateOf({})
    expect(after.left.total).toMatchObject({ calls: 0, usd: 0 })
    expect(after.spent?.calls).toBe(made.length)
    expect(planText(after)).toContain('Nothing is left to ask for.')

    // a day that was broken off: only what its ledger lacks is asked for again
    rmSync(join(runs, 'paid/arms/plain', AMARA, 'day-02/metrics.json'))
    const broken = await estimateOf({})
    expect(broken.left.total.calls).toBeLessThan(0.02 * broken.whole.total.calls)

    const longer = await estimateOf({ days: 3 })
    const plansOf = ({ roles }: Estimate['left']) => roles.find(({ role }) => role === 'life')!.calls
    expect(plansOf(longer.left)).toBe(plansOf(longer.whole) / 3)
    expect(longer.budget.stops).toBeNull()
    const cap = after.spent!.calls + 10
    const capped = await estimateOf({ days: 3, budget: { calls: cap } })
    expect(capped.budget.stops).toMatchObject({ by: 'calls', day: 3 })
    expect(planText(capped)).toMatch(/stops cleanly before budget\.calls is passed,\sabout\son day 3/)
  })
})

describe('what an estimate tells', () => {
  it('plans of days are counted once for all arms, and what references are rated for beside them', async () => {
    const { parts, whole } = await estimateOf({ name: 'other' })
    expect(parts.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'plans plans',
      'arm plain',
      'arm spoken',
      'reference always',
    ])
    // 16 hours awake, 4 a call
    expect(parts[0]!.calls).toBe(2 * 2 * 5)
    const sum = parts.reduce((total, { usd }) => total + usd, 0)
    expect(sum).toBeCloseTo(whole.total.usd, 9)
    expect(whole.total.usdLongest).toBeGreaterThan(whole.total.usd)
  })

  it('time: calls that follow one another, and what each limit alone takes', async () => {
    const entry = { model: 'm', url: server.url, latencySeconds: 2 }
    const models = {
      life: { ...entry, limits: { concurrent: 1 } },
      rater: { ...entry, limits: { concurrent: 1, requestsPerMinute: 2 } },
      assistant: { ...entry, limits: { concurrent: 2, tokensPerMinute: 10_000 } },
    }
    const { time, whole } = await estimateOf({
      name: 'other',
      days: 1,
      personas: [AMARA],
      arms: { full: {} },
      simulator: { ...PAID.simulator, llm: {} },
      references: [],
      models,
    })
    const calls = (name: string): number => whole.roles.find(({ role }) => role === name)!.calls
    // candidates are rated at once: plan, then at each step the assistant and its rating
    expect(time!.criticalPathSeconds).toBe(2 * (calls('life') + 2 * calls('assistant')))
    expect(time!.limits.find(({ by }) => by === 'requestsPerMinute')?.seconds).toBe(30 * calls('rater'))
    expect(time!.limits.find(({ by }) => by === 'tokensPerMinute')?.seconds).toBeGreaterThan(0)
    expect(time!.atLeastSeconds).toBe(30 * calls('rater'))
    expect(whole.roles.every(({ priced, usd }) => !priced && usd === 0)).toBe(true)
  })

  it('an assistant of this machine costs nothing and is not loaded; an embedder behind an endpoint is paid', async () => {
    const entry = { model: 'm', url: server.url, price: { input: 1, output: 1 } }
    const changes = { name: 'other', models: { rater: entry, vectors: entry }, references: [] }
    const simulator = { stepSeconds: 3600, rater: 'rater' }
    const local = await estimateOf({
      ...changes,
      simulator,
      assistant: { memory: { embedder: 'vectors' } },
      arms: { full: {} },
      trainer: {},
    })
    expect(local.whole.roles.map(({ role }) => role).toSorted()).toEqual(['embedder', 'rater'])
    expect(local.uncounted).toEqual([
      'training at night (embedded) of full',
      'replies of nano, on this machine',
    ])
    expect(local.assumed.hoursAwake).toBeNull()
  })

  it('tokens are counted by the tokenizer that an entry names; who speaks more is rated more', async () => {
    const { models } = loadRunConfig(llmConfig(join(folder, 'b'), server, PAID))
    const tokenizer = join(packageRoot(), 'models/nano')
    const named = Object.entries(models).map(([name, entry]) => [name, { ...entry, tokenizer }])
    const changes = { name: 'other', days: 1, models: Object.fromEntries(named) as unknown }
    const [plain, exact] = [await estimateOf({ name: 'other', days: 1 }), await estimateOf(changes)]
    expect(exact.whole.total.calls).toBe(plain.whole.total.calls)
    expect(exact.whole.total.promptTokens).not.toBe(plain.whole.total.promptTokens)
    expect(exact.assumed.tokenizers).toMatchObject({ rater: tokenizer })

    const config = loadRunConfig(llmConfig(join(folder, 'c'), server, { ...PAID, name: 'other', days: 1 }))
    const chatty = await plan({ config, runs, speaks: 1 })
    const rated = ({ whole }: Estimate): number => whole.roles.find(({ role }) => role === 'rater')!.calls
    expect(rated(chatty)).toBeGreaterThan(rated(plain))
  })
})

it('attune doctor --config looks whether the models of a configuration answer', async () => {
  const config = llmConfig(join(folder, 'e'), server, { ...PAID, name: 'other' })
  const { code, stdout } = await attune(['doctor', '--config', config])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^ok +models\.rater +answers/m)
})

describe('attune plan', () => {
  it('loads the example of docs/cost.md', () => {
    const [, yaml] = /```yaml\n([^]*?)```/.exec(readFileSync(join(packageRoot(), 'docs/cost.md'), 'utf8'))!
    expect(() => loadRunConfig(put(folder, 'cost.yaml', yaml))).not.toThrow()
  })

  it('says of the quickstart that nothing is paid for', async () => {
    const { code, stdout, stderr } = await attune(['plan', '--runs', join(folder, 'none')], { cwd: root })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^quickstart: 4 personas, 8 days, 2 arms/)
    expect(stdout).toContain('Nothing is paid for')
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })

  it('tells a person price, budget and time on lines of at most 100 columns', async () => {
    const config = llmConfig(join(folder, 'd'), server, { ...PAID, name: 'wide', budget: { usd: 0.01 } })
    const { code, stdout } = await attune(['plan', config, '--runs', runs])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^role +model +calls +prompt tok\. +reply tok\. +USD +longest$/m)
    expect(stdout).toContain('stops cleanly before budget.usd')
    expect(stdout).toContain('Time: at least')
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('is told without a key too, but then ends with 2: a run could not begin', async () => {
    const entry = { model: 'm', url: 'http://127.0.0.1:9/v1', keyFrom: 'NOT_SET_HERE' }
    const config = llmConfig(join(folder, 'keyless'), server, {
      name: 'keyless',
      simulator: { stepSeconds: 3600, life: 'm', rater: 'm' },
      assistant: { model: 'm', prompt: 'chat' },
      models: { m: entry },
    })
    const { code, stdout, stderr } = await attune(['plan', config, '--runs', runs])
    expect(code).toBe(2)
    expect(stdout).toMatch(/^total +\d/m)
    expect(stderr).toContain('NOT_SET_HERE, which is not set')
  })

  it('tells every problem at once and ends with 2', async () => {
    const here = join(folder, 'wrong')
    const asked = server.requests.length
    // a run of this name that was made with another step
    const before = configFile(here, {
      name: 'wrong',
      personas: [AMARA],
      days: 1,
      simulator: { stepSeconds: 3600 },
    })
    expect(await attune(['run', before, '--runs', runs])).toMatchObject({ code: 0 })
    const text = put(here, 'text.yaml', stringify(withoutWants()))
    mkdirSync(join(here, 'prompts'))
    writeFileSync(join(here, 'prompts', 'repair.md'), 'Again, please.')
    const entry = { model: 'm', keyFrom: 'NOT_SET_HERE' }
    const config = llmConfig(here, server, {
      name: 'wrong',
      days: 1,
      personas: [AMARA, text],
      simulator: { stepSeconds: 1800, rater: 'rater' },
      assistant: { prompt: 'chat' },
      arms: { full: { 'assistant.model': 'models/gone' } },
      prompts: join(here, 'prompts'),
      models: { rater: { ...entry, provider: 'nobody', tokenizer: join(here, 'no-tokenizer') } },
    })
    const { code, stdout, stderr } = await attune(['plan', config, '--runs', runs, '--json'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    const { problems } = JSON.parse(stderr) as { problems: { code: string }[] }
    expect(problems.map((problem) => problem.code).toSorted()).toEqual([
      'BASE_MISSING',
      'MODEL_KEY_MISSING',
      'PERSONA_UNSTRUCTURED',
      'PROMPT_VARIABLE_MISSING',
      'PROVIDER_UNKNOWN',
      'RUN_DIFFERS',
      'TOKENIZER_INVALID',
    ])
    expect(server.requests.length).toBe(asked)
  })

  it.each([['2'], ['x'], ['']])('refuses `--speaks %s`', async (share) => {
    const { code, stderr } = await attune(['plan', '--speaks', share])
    expect(code).toBe(2)
    expect(stderr).toContain('from 0 to 1')
  })
})

function withoutWants(): object {
  return {
    id: 'text-only',
    name: 'Ilse Brandt',
    age: 41,
    background: 'Weaver.',
    bigFive: {
      openness: 'high',
      conscientiousness: 'high',
      extraversion: 'high',
      agreeableness: 'low',
      neuroticism: 'low',
    },
    interests: ['Dyeing wool'],
    lifestyle: 'Rises at 6.',
    dailyRequirements: ['Oil the loom'],
    goals: ['A mill'],
    livingArea: 'the mill',
    rubric: { preference: 'Craft.', timing: 'Evenings.', frequency: 'Twice.', communication: 'Short.' },
  }
}
