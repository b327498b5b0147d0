import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { attune, start } from '../helpers/attune.js'
import { AMARA, configFile, temporaryFolder } from '../helpers/run-folder.js'
import { type LlmServer, startLlmServer } from '../support/llm-server.js'
import { rolePlay } from '../support/role-play.js'
import { FIREWORKS_KEY, playFireworks } from '../support/trainers/fireworks.js'
import { OPENAI_KEY, playOpenAi } from '../support/trainers/openai.js'
import { matches, type PlayedService } from '../support/trainers/play-server.js'
import { playTogether, TOGETHER_KEY } from '../support/trainers/together.js'

interface Backend {
  play: () => Promise<PlayedService>
  base: string
  settings: Record<string, unknown>
  hosted: Record<string, unknown>
  env: Record<string, string>
  create: string
}

const BACKENDS: Record<string, Backend> = {
  openai: {
    play: () => playOpenAi(),
    base: 'gpt-4.1-mini-2025-04-14',
    settings: {},
    hosted: { options: { learning_rate_multiplier: 'auto' } },
    env: { OPENAI_API_KEY: OPENAI_KEY },
    create: 'POST /v1/fine_tuning/jobs$',
  },
  together: {
    play: () => playTogether(),
    base: 'Qwen/Qwen3-8B',
    settings: { batchSize: 8, lora: {} },
    hosted: {},
    env: { TOGETHER_API_KEY: TOGETHER_KEY },
    create: 'POST /v1/fine-tunes$',
  },
  fireworks: {
    play: () => playFireworks(),
    base: 'accounts/fireworks/models/qwen3-8b',
    settings: { lora: {} },
    hosted: { account: 'me' },
    env: { FIREWORKS_API_KEY: FIREWORKS_KEY },
    create: 'POST /v1/accounts/me/dpoJobs$',
  },
}

const folder = temporaryFolder()
const open: (PlayedService | LlmServer)[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

describe.each(Object.entries(BACKENDS))('a run whose nights are trained by %s', (backend, given) => {
  it('lives each day with the model of the night before, and is killed without paying twice', async () => {
    const played = await given.play()
    const llm = await startLlmServer({ reply: rolePlay })
    open.push(played, llm)
    const { base, settings, hosted } = given
    const config = configFile(join(folder, backend), {
      days: 2,
      personas: [AMARA],
      simulator: { stepSeconds: 1200 },
      assistant: { model: 'assistant', prompt: 'chat' },
      pairs: {},
      models: { assistant: { model: base, url: llm.url } },
      trainer: {
        backend,
        reference: 'previous',
        ...settings,
        hosted: { url: played.url, pollSeconds: 0.05, ...hosted },
      },
      references: [],
      workers: 1,
    })
    const runs = join(folder, backend, 'runs')
    const args = ['run', config, '--runs', runs]
    const { env } = given

    const plan = await attune(['plan', config], { env })
    expect(plan.code, plan.stderr).toBe(0)

    const run = start(args, { env })
    played.hook = (moment, label) => {
      if (moment !== 'after' || !matches(label, given.create)) return undefined
      process.kill(-run.pid, 'SIGKILL')
      return 'cut'
    }
    const killed = await run.ended
    expect(killed.signal, killed.stderr).toBe('SIGKILL')
    played.hook = () => undefined
    const { code, stderr } = await attune(args, { env })
    expect(code, stderr).toBe(0)
    // what a job costs and how it departs from what was asked is told before it is created
    expect(stderr).toMatch(new RegExp(`day 2: ${backend}: \\w`))
    expect(played.objections).toEqual([])
    expect(played.jobs).toHaveLength(2)

    const [first, second] = [1, 2].map((day) => checkpointOf(runs, day))
    expect(first).toMatchObject({ kind: 'hosted', parent: null, base })
    expect(second).toMatchObject({ kind: 'hosted', parent: first!.id })
    expect(JSON.stringify(played.jobs[1]!.body)).toContain(first!.location)
    const asked = [...new Set(llm.requests.map(({ body }) => body.model))]
    expect(asked).toEqual([base, first!.location])
    expect(readFileSync(join(dayOf(runs, 1), 'job-result.json'), 'utf8')).toContain('"seconds": 600')
  }, 60_000)
})

const dayOf = (runs: string, day: number): string => join(runs, 'tiny', 'arms', 'full', AMARA, `day-0${day}`)

const checkpointOf = (runs: string, day: number): Checkpoint =>
  JSON.parse(readFileSync(join(dayOf(runs, day), 'checkpoint.json'), 'utf8')) as Checkpoint
