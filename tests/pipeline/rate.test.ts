import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { loadRater } from '../../configs/rater.js'
import { readRatings, readRecords, writeRecords } from '../../datasets/parquet.js'
import { CRITERIA } from '../../datasets/schema.js'
import { type RateRunOptions, rateRun } from '../../pipeline/rate/rate-run.js'
import { collectReport } from '../../pipeline/report/collect-report.js'
import type { Agreements, RaterReport } from '../../pipeline/report/document.js'
import { writeReport } from '../../pipeline/report/write-report.js'
import { RunFolder } from '../../pipeline/run/run-folder.js'
import { attune, type Ended } from '../helpers/attune.js'
import { AMARA, BRUNO, bytesOf, configFile, temporaryFolder, timesOf } from '../helpers/run-folder.js'

const folder = temporaryFolder()
const run = join(folder, 'runs', 'tiny')
const files = new RunFolder(run)

const raterFile = (rater: Record<string, unknown>): string => {
  const file = join(folder, `${String(rater['name'])}.yaml`)
  writeFileSync(file, stringify(rater))
  return file
}
const rate = (rater: Record<string, unknown>, ...more: string[]): Promise<Ended> =>
  attune(['rate', run, '--rater', raterFile(rater), ...more])
/** Without a process of its own. */
const rateHere = (rater: Record<string, unknown>, more: Partial<RateRunOptions> = {}): Promise<void> =>
  rateRun({ folder: files, rater: loadRater(raterFile(rater)), ...more })
const told = ({ stdout }: Ended) => JSON.parse(stdout) as { raters: RaterReport[]; agreements: Agreements[] }

beforeAll(async () => {
  const config = configFile(folder, { trainer: { backend: 'none' }, arms: { full: {}, quiet: {} } })
  const { code, stderr } = await attune(['run', config, '--runs', join(folder, 'runs')])
  expect(code, stderr).toBe(0)
})

const NOISY = { name: 'noisy', noise: 0.2, seed: 7 }

describe('another rater of a run', () => {
  let before: Record<string, string>
  let first: Ended
  let all: Ended
  beforeAll(async () => {
    before = bytesOf(run)
    first = await rate(NOISY, '--days', '2', '--personas', AMARA, '--arms', 'quiet')
    all = await rate(NOISY, '--json')
  })

  it('rates what was chosen, then the rest, and tells of each day', () => {
    expect([first.code, all.code]).toEqual([0, 0])
    expect(first.stderr).toMatch(/^1\/1 noisy: quiet \/ amara-voice-teacher day 2: \d+ candidates$/m)
    expect(all.stderr.match(/^\d\/8 noisy: /gm)).toHaveLength(7)
    expect(first.stderr).toMatch(/^a run, b noisy: 1 persona, 1 persona-days$/m)
    expect(Math.max(...first.stderr.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('leaves everything that the run lived as it is', () => {
    const after = bytesOf(run)
    for (const [file, bytes] of Object.entries(before)) expect(after[file], file).toBe(bytes)
  })

  it('has a rating for every stored candidate, its own', async () => {
    const records = await readRecords(files.day('full', BRUNO, 1).records)
    const ratings = await readRatings(files.ratedDay('noisy', 'full', BRUNO, 1).ratings)
    const candidates = records.flatMap((record) => record.candidates)
    expect(ratings.map(({ text, origin }) => ({ text, origin }))).toEqual(
      candidates.map(({ text, origin }) => ({ text, origin })),
    )
    expect(ratings.map(({ rating }) => rating)).not.toEqual(candidates.map(({ rating }) => rating))
  })

  it('agrees with the run beyond chance, and not fully, on what is said', () => {
    const { agreements, raters } = told(all)
    expect(raters).toMatchObject([{ name: 'noisy', rater: 'built-in', personaDays: 8, failures: 0 }])
    const [{ a, b, personas, personaDays, all: every, spoken, silent }] = agreements as [Agreements]
    expect({ a, b, personas, personaDays }).toEqual({ a: 'run', b: 'noisy', personas: 2, personaDays: 8 })
    expect(spoken.n + silent.n).toBe(every.n)
    for (const criterion of CRITERIA) {
      const { value, low, high } = spoken.criteria[criterion].kappa
      expect(value, criterion).toBeGreaterThan(0.1)
      expect(value, criterion).toBeLessThan(0.9)
      expect(low!, criterion).toBeLessThanOrEqual(high!)
    }
  })

  it('rates nothing twice', async () => {
    const times = timesOf(run)
    await rateHere(NOISY, { onDay: ({ day }) => expect.fail(`day ${day} again`) })
    expect(timesOf(run)).toEqual(times)
  })

  it('that is the run’s own once more says the same of everything', async () => {
    await rateHere({ name: 'again', noise: 0.02 })
    const { agreements } = await collectReport(files)
    expect(agreements.map(({ a, b }) => `${a} ${b}`)).toEqual(['run again', 'run noisy', 'again noisy'])
    for (const criterion of CRITERIA) {
      expect(agreements[0]!.all.criteria[criterion].agreement).toEqual({ value: 1, low: 1, high: 1 })
    }
    expect(agreements[0]!.all.score.difference.value).toBe(0)
    expect(agreements[0]!.all.score.pearson.value).toBeCloseTo(1)
  })

  it('stands in the report, which tells the same as JSON and as a page', async () => {
    const { raters, agreements } = await writeReport(files)
    expect(raters.map(({ name }) => name)).toEqual(['again', 'noisy'])
    const page = readFileSync(files.report, 'utf8')
    expect(page).toContain('Raters side by side')
    expect(page).toContain(`a run, b noisy, all`)
    expect(page).toContain(agreements[1]!.spoken.criteria.timing.kappa.value!.toFixed(2))
  })
})

describe('a rater that cannot rate', () => {
  it('is refused under the name of one with other settings', async () => {
    const days = new Set([1])
    await rateHere({ name: 'fixed' }, { days })
    const refused = { code: 'RATER_DIFFERS', details: { problems: [{ details: { key: 'noise' } }] } }
    await expect(rateHere({ name: 'fixed', noise: 0.5 }, { days })).rejects.toMatchObject(refused)
    await rateHere({ name: 'fixed', budget: { calls: 3 } }, { days })
  })

  it.each([
    [{ arms: ['ful'] }, 'ARM_UNKNOWN'],
    [{ personas: ['nobody'] }, 'PERSONA_UNKNOWN'],
    [{ days: new Set([9]) }, 'NOTHING_TO_RATE'],
  ])('is told when nothing fits %j', async (choice, code) => {
    await expect(rateHere({ name: 'choosy' }, choice)).rejects.toMatchObject({ code })
  })

  it('ends with 2 for days that are none', async () => {
    const { code, stderr } = await rate({ name: 'choosy' }, '--days', '3..1')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('1,3..5') as string })
  })

  it('is told apart from ratings of a day that was lived again', async () => {
    const [one, other] = [1, 2].map((day) => files.day('quiet', AMARA, day).records) as [string, string]
    const records = await readRecords(one)
    await writeRecords(one, await readRecords(other))
    const report = collectReport(files)
    await expect(report).rejects.toMatchObject({ code: 'RATINGS_STALE' })
    const rating = rateHere({ name: 'late' }, { arms: ['quiet'] })
    await expect(rating).rejects.toMatchObject({ code: 'RATED_DAY_DIFFERS' })
    await writeRecords(one, records)
    expect(existsSync(files.lock)).toBe(false)
  })
})
