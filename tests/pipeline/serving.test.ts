import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { attune, root, start, until } from '../helpers/attune.js'
import { ledgerOf, llmConfig } from '../helpers/llm-run.js'
import { AMARA, BRUNO, bytesOf, temporaryFolder } from '../helpers/run-folder.js'
import { type LlmServer, startLlmServer } from '../support/llm-server.js'
import { rolePlay } from '../support/role-play.js'
import { type AdapterPlay, startAdapterServer } from '../support/serving/adapter-server.js'

const DAYS = 2
const folder = temporaryFolder()
let roles: LlmServer
let play: AdapterPlay
let config: string

beforeAll(async () => {
  roles = await startLlmServer({ reply: rolePlay })
  play = await startAdapterServer({
    kind: 'vllm',
    base: 'org/base',
    latencyMs: 5,
    reply: (body) => rolePlay(body, 0),
  })
  const python = join(folder, 'python')
  writeFileSync(
    python,
    `#!/bin/sh\nexec '${process.execPath}' '${root}tests/support/serving/adapter-python.mjs' "$@"\n`,
  )
  chmodSync(python, 0o755)
  const entry = (model: string) => ({ model, url: roles.url })
  config = llmConfig(folder, roles, {
    days: DAYS,
    simulator: { stepSeconds: 3600, life: 'life', rater: 'rater' },
    models: {
      life: entry('life'),
      rater: entry('rater'),
      assistant: { model: 'org/base', url: play.url, severalReplies: false, adapters: 'vllm' },
    },
    trainer: { backend: 'trl', trl: { python }, lora: {}, epochs: 1 },
    evaluate: { retention: false },
  })
})
afterAll(() => {
  play.close()
  return roles.close()
})

const run = (runs: string): string => join(folder, runs, 'tiny')
const nightOf = (runs: string, persona: string, day: number): Checkpoint =>
  JSON.parse(readFileSync(join(run(runs), `arms/full/${persona}/day-0${day}/checkpoint.json`), 'utf8'))
/** What the assistant's calls of a day were answered by, from the ledger. */
const weightsOf = (runs: string, persona: string, day: number): string[] => {
  const calls = ledgerOf(join(run(runs), `arms/full/${persona}/day-0${day}`))
  return [
    ...new Set(
      calls.filter(({ type, role }) => type === 'reply' && role === 'assistant').map(({ model }) => model),
    ),
  ]
}
const sealed = (runs: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(bytesOf(run(runs))).filter(
      ([file]) => !/calls\.jsonl|metrics\.json$|handle\.json$/.test(file),
    ),
  )

describe('a run whose nights are served by vLLM', () => {
  it('speaks on each day by the adapter of the night before, of its own persona', async () => {
    const { code, stderr } = await attune(['run', config, '--runs', join(folder, 'whole')])
    expect(code, stderr).toBe(0)
    const ids = new Set<string>()
    for (const persona of [AMARA, BRUNO]) {
      expect(weightsOf('whole', persona, 1)).toEqual(['org/base'])
      for (let day = 2; day <= DAYS; day++) {
        const { id } = nightOf('whole', persona, day - 1)
        expect(weightsOf('whole', persona, day)).toEqual([id])
        ids.add(id)
      }
    }
    expect(ids.size).toBe(2 * (DAYS - 1))
    const named = play.asked
      .filter(({ path }) => path.endsWith('completions'))
      .map(({ body }) => body!.model!)
    expect(new Set(named)).toEqual(new Set(['org/base', ...[...ids].map((id) => `attune-${id}`)]))
    expect(play.loaded.size).toBe(2)
  }, 120_000)

  it('that is killed, and whose server is started anew, ends with the bytes of one that was not', async () => {
    const { pid, ended } = start(['run', config, '--runs', join(folder, 'killed')])
    const from = play.asked.length
    await until(
      () => play.asked.slice(from).some(({ body }) => body?.model?.startsWith('attune-') === true),
      'an adapter that speaks',
    )
    process.kill(-pid, 'SIGKILL')
    await ended
    play.restart()
    const { code, stderr } = await attune(['run', config, '--runs', join(folder, 'killed')])
    expect(code, stderr).toBe(0)
    expect(sealed('killed')).toEqual(sealed('whole'))
  }, 120_000)
})

describe('a configuration whose nights nobody could serve', () => {
  it.each([
    [['models.assistant.adapters=none'], 'models.assistant.adapters'],
    [['trainer.lora=null'], 'trainer.lora'],
    [['models.assistant.url=null'], 'models.assistant.adapters'],
  ])('is refused before anything is lived: %j', async (sets, key) => {
    const { code, stderr } = await attune([
      'run',
      config,
      '--runs',
      join(folder, 'none'),
      ...sets.flatMap((set) => ['--set', set]),
    ])
    expect([code, stderr]).toEqual([2, expect.stringContaining(key)])
  })
})
