import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { attune, root, start, until } from '../helpers/attune.js'
import { ledgerOf, llmConfig } from '../helpers/llm-run.js'
import { AMARA, bytesOf, temporaryFolder } from '../helpers/run-folder.js'
import { type LlmServer, startLlmServer } from '../support/llm-server.js'
import { rolePlay } from '../support/role-play.js'
import {
  BASE,
  BASE_COMMIT,
  type PlayedEndpoint,
  playHfEndpoint,
  TOKEN,
} from '../support/serving/hf-endpoint.js'
import { type PlayedHub, playHub } from '../support/trainers/hub.js'

const DAYS = 2
const env = { HF_TOKEN: TOKEN }
const folder = temporaryFolder()
let roles: LlmServer
let endpoint: PlayedEndpoint
let hub: PlayedHub
let config: string

beforeAll(async () => {
  roles = await startLlmServer({ reply: rolePlay })
  endpoint = await playHfEndpoint()
  endpoint.reply = (body) => rolePlay(body, 0)
  hub = await playHub()
  const python = join(folder, 'python')
  writeFileSync(
    python,
    `#!/bin/sh\nexec '${process.execPath}' '${root}tests/support/serving/adapter-python.mjs' "$@"\n`,
  )
  chmodSync(python, 0o755)
  const entry = (model: string) => ({ model, url: roles.url })
  config = llmConfig(folder, roles, {
    days: DAYS,
    personas: [AMARA],
    simulator: { stepSeconds: 3600, life: 'life', rater: 'rater' },
    models: {
      life: entry('life'),
      rater: entry('rater'),
      assistant: {
        model: BASE,
        url: `${endpoint.url}/v1`,
        severalReplies: false,
        adapters: 'hf-endpoint',
        endpoint: {
          namespace: 'tester',
          name: 'nights',
          pollSeconds: 0.01,
          api: `${endpoint.url}/v2`,
          hub: hub.url,
        },
      },
    },
    trainer: { backend: 'trl', trl: { python }, lora: {}, epochs: 1 },
    evaluate: { retention: false },
  })
})
afterAll(async () => {
  await endpoint.close()
  await hub.close()
  await roles.close()
})

const run = (runs: string): string => join(folder, runs, 'tiny')
const dayOf = (runs: string, day: number): string => join(run(runs), `arms/full/${AMARA}/day-0${day}`)
/** What the assistant's calls of a day were answered by, from the ledger. */
const weightsOf = (runs: string, day: number): string[] => {
  const replies = ledgerOf(dayOf(runs, day)).filter(
    ({ type, role }) => type === 'reply' && role === 'assistant',
  )
  return [...new Set(replies.map(({ model }) => model))]
}
const sealed = (runs: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(bytesOf(run(runs))).filter(
      ([file]) => !/calls\.jsonl|metrics\.json$|handle\.json$|hf-endpoint\.json$/.test(file),
    ),
  )

describe('a run whose nights are served by an Inference Endpoint', () => {
  it('speaks on each day by the commit of the night before', async () => {
    const { code, stderr } = await attune(['run', config, '--runs', join(folder, 'whole')], { env })
    expect(code, stderr).toBe(0)
    const night = JSON.parse(readFileSync(join(dayOf('whole', 1), 'checkpoint.json'), 'utf8')) as Checkpoint
    expect([weightsOf('whole', 1), weightsOf('whole', 2)]).toEqual([[BASE], [night.id]])
    const repo = hub.repos.find('models', 'tester/attune-nights')
    const { oid } = hub.repos.at(repo, 'main')
    expect(endpoint.spoke).toEqual([`${BASE}@${BASE_COMMIT}`, `${repo.name}@${oid}`])
    expect(endpoint.moves).toHaveLength(1)
    expect([...endpoint.objections, ...hub.objections]).toEqual([])
  }, 120_000)

  it('begins anew with the base put back, and killed in a move ends with the same bytes', async () => {
    const from = endpoint.moves.length
    endpoint.spoke.length = 0
    endpoint.updates = ['updating', 'updating', 'updating', 'running']
    const { pid, ended } = start(['run', config, '--runs', join(folder, 'killed')], { env })
    await until(() => endpoint.moves.length === from + 2, 'the move to the night')
    process.kill(-pid, 'SIGKILL')
    await ended
    const { code, stderr } = await attune(['run', config, '--runs', join(folder, 'killed')], { env })
    expect(code, stderr).toBe(0)
    expect(sealed('killed')).toEqual(sealed('whole'))
    expect(endpoint.moves).toHaveLength(from + 2)
    const base = hub.repos.at(hub.repos.find('models', BASE), 'main').oid
    expect(endpoint.spoke[0]).toBe(`${BASE}@${base}`)
    expect(endpoint.objections).toEqual([])
  }, 120_000)
})

describe('an Inference Endpoint that others would be answered by', () => {
  it.each([
    [['personas=all'], 'pairs of persona and arm'],
    [['arms={"full": {}, "none": {"trainer.backend": "none"}}'], '2 pairs of persona and arm'],
    [['simulator.rater=assistant'], '`models.assistant` is asked there too'],
  ])('is refused before anything is lived or sent: %j', async (sets, why) => {
    endpoint.log.length = 0
    const { code, stderr } = await attune(
      ['run', config, '--runs', join(folder, 'none'), ...sets.flatMap((set) => ['--set', set])],
      { env },
    )
    expect([code, stderr]).toEqual([2, expect.stringContaining(why)])
    expect(endpoint.log).toEqual([])
  })
})
