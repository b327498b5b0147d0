import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { personaIds } from '../../configs/load-personas.js'
import { readRecords } from '../../datasets/parquet.js'
import { CRITERIA, type RatedRecord } from '../../datasets/schema.js'
import { attune } from '../helpers/attune.js'
import { answersOf, ledgerOf, llmConfig } from '../helpers/llm-run.js'
import { filesIn, temporaryFolder } from '../helpers/run-folder.js'
import { type LlmServer, startLlmServer } from '../support/llm-server.js'
import { rolePlay } from '../support/role-play.js'

/** Many personas at once, few steps each: a failed attempt costs a wait of up to seconds. */
const WIDE = {
  personas: personaIds().slice(0, 8),
  simulator: { stepSeconds: 3600, life: 'life', rater: 'rater' },
}
const folder = temporaryFolder()
const run = join(folder, 'runs/tiny')
let server: LlmServer
let records: RatedRecord[]

beforeAll(async () => {
  const faults = { rateLimit: 0.05, serverError: 0.05, cut: 0.05, malformed: 0.1, seed: 3 }
  server = await startLlmServer({ reply: rolePlay, faults, strict: true })
  const ended = await attune(['run', llmConfig(folder, server, WIDE), '--runs', join(folder, 'runs')])
  expect(ended.code, ended.stderr).toBe(0)
  const files = filesIn(run).filter((file) => file.endsWith('records.parquet'))
  records = (await Promise.all(files.map((file) => readRecords(join(run, file))))).flat()
}, 120_000)
afterAll(() => server.close())

describe('a run whose server fails at every tenth call, cuts every twentieth, garbles every tenth', () => {
  it('comes to its end with all steps', () => {
    expect(records.length).toBeGreaterThan(50)
    expect(server.requests.length).toBeGreaterThan(200)
  })

  it('has every failed attempt on record', () => {
    const failed = server.requests.filter(({ outcome }) => outcome !== '200' && outcome !== 'malformed')
    expect(failed.length).toBeGreaterThan(20)
    const told = ledgerOf(run).filter(({ type }) => type === 'failure')
    expect(told).toHaveLength(failed.length)
    expect(ledgerOf(run).filter(({ type }) => type === 'reply')).toHaveLength(
      server.requests.length - failed.length,
    )
  })

  it('asks for nothing again that was answered', () => {
    expect(Math.max(...answersOf(server))).toBe(1)
  })

  it('has a rating only where the rater gave one, and else says why there is none', () => {
    const candidates = records.flatMap(({ candidates }) => candidates)
    for (const { rating, failure, malformed } of candidates) {
      if (rating === null) expect(failure).toMatch(/\w/)
      else if (!malformed)
        for (const criterion of CRITERIA)
          expect(rating[criterion].reason).toMatch(/^(Because of .*|By my count\.|Nothing was said\.)$/)
    }
    // a garbled reply is garbled again at its repair now and then
    expect(candidates.filter(({ failure }) => failure !== null).length).toBeGreaterThan(0)
    expect(candidates.filter(({ malformed }) => malformed).length).toBeGreaterThan(0)
  })
})
