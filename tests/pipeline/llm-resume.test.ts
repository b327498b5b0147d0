import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attune, start, until } from '../helpers/attune.js'
import { answersOf, ledgerOf, llmConfig } from '../helpers/llm-run.js'
import { bytesOf, temporaryFolder } from '../helpers/run-folder.js'
import { type LlmServer, startLlmServer } from '../support/llm-server.js'
import { rolePlay } from '../support/role-play.js'

const KILLS = 6
const folder = temporaryFolder()
let server: LlmServer
let config: string
beforeAll(async () => {
  server = await startLlmServer({ reply: rolePlay, latencyMs: 10 })
  config = llmConfig(folder, server, {
    days: 2,
    assistant: { model: 'assistant', prompt: 'chat', memory: { summaries: 'model' } },
  })
})
afterAll(() => server.close())

/** What does not depend on the order in which replies came. */
const sealed = (runs: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(bytesOf(join(folder, runs, 'tiny'))).filter(
      ([file]) => !/calls\.jsonl|metrics\.json$/.test(file),
    ),
  )

describe('a run behind endpoints that is killed with kill -9 again and again', () => {
  it('asks for nothing that was answered and ends with the bytes of one never killed', async () => {
    const runs = join(folder, 'killed')
    for (let kill = 1; kill <= KILLS; kill++) {
      const asked = server.requests.length
      const { pid, ended } = start(['run', config, '--runs', runs])
      await until(() => server.requests.length > asked + 30, 'some calls')
      process.kill(-pid, 'SIGKILL')
      await ended
    }
    const last = await attune(['run', config, '--runs', runs])
    expect(last.code, last.stderr).toBe(0)
    const replies = ledgered(runs)
    expect(new Set(ledgerOf(join(runs, 'tiny')).map(({ key }) => key)).size).toBe(replies)
    // answered while the process died: nobody took the answer, so it was asked for again
    const unheard = answersOf(server).reduce((sum, times) => sum + times - 1, 0)
    expect(server.requests.length - replies).toBe(unheard)
    expect(unheard).toBeLessThanOrEqual(KILLS * server.concurrentPeak)
    expect(Math.max(...answersOf(server))).toBeLessThanOrEqual(2)

    const calls = server.requests.length
    const whole = await attune(['run', config, '--runs', join(folder, 'whole')])
    expect(whole.code, whole.stderr).toBe(0)
    expect(server.requests.length - calls).toBe(replies)
    expect(sealed('killed')).toEqual(sealed('whole'))
  }, 120_000)

  it('asks nothing at all once it is done', async () => {
    const calls = server.requests.length
    expect((await attune(['run', config, '--runs', join(folder, 'killed')])).code).toBe(0)
    expect(server.requests.length).toBe(calls)
  })
})

const ledgered = (runs: string): number =>
  existsSync(runs) ? ledgerOf(join(runs, 'tiny')).filter(({ type }) => type === 'reply').length : 0
