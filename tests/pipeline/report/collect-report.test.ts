import { rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { collectReport } from '../../../pipeline/report/collect-report.js'
import { reportSchema } from '../../../pipeline/report/document.js'
import { RunFolder } from '../../../pipeline/run/run-folder.js'
import { fakeRun } from './fake-run.js'

const estimateKeys = ['high', 'low', 'n', 'sem', 'value']

describe('the report of a finished run', async () => {
  const report = await collectReport(fakeRun())
  const full = report.arms[0]!

  it('is what its schema documents, in every arm and on every day', () => {
    expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
    expect(report).toMatchObject({ format: 'attune-report/1', run: 'fake', personas: 4, days: 5 })
    expect(report.complete).toEqual({ lived: 7 * 4 * 5, planned: 7 * 4 * 5 })
    expect(report.arms.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'full trained',
      'none untrained',
      ...['silent', 'always', 'timer', 'receptive-timer', 'oracle'].map((name) => `${name} reference`),
    ])
  })

  it('holds every field that others build on', () => {
    const day = full.days[0]!
    const figures = [
      'mean',
      'delivered',
      'silent',
      'perHour',
      'wishedPerHour',
      'precision',
      'recall',
      'f1',
      'atLeast3',
    ] as const
    for (const figure of figures) expect(Object.keys(day[figure]).sort()).toEqual(estimateKeys)
    for (const criteria of [day.criteria, day.deliveredCriteria]) {
      expect(Object.keys(criteria)).toEqual(['preference', 'timing', 'frequency', 'communication'])
    }
    for (const total of ['malformed', 'failures', 'pairs', 'ties', 'tokens', 'usd', 'seconds'] as const) {
      expect(typeof day[total]).toBe('number')
    }
    expect(full.personas[0]!.days[0]!.mean).toMatchObject({ n: 1, low: null, high: null, sem: null })
  })

  it('averages over personas, adds up counts, and names the best and the worst', () => {
    const day = full.days[4]!
    const means = full.personas.map(({ id, days }) => ({ id, value: days[4]!.mean.value! }))
    expect(day.mean.value).toBeCloseTo(means.reduce((sum, { value }) => sum + value, 0) / 4)
    expect(day.pairs).toBe(4 * (260 - 15 * 5))
    expect(day.seconds).toBeCloseTo(4 * 2.8)
    const sorted = means.toSorted((a, b) => b.value - a.value)
    expect(day.best.mean).toEqual({ persona: sorted[0]!.id, value: sorted[0]!.value })
    expect(day.worst.mean!.persona).toBe(sorted[3]!.id)
  })

  it('leaves undefined what a silent policy does not have', () => {
    const silent = report.arms.find(({ name }) => name === 'silent')!
    expect(silent.days[0]!.delivered).toEqual({ value: null, low: null, high: null, sem: null, n: 0 })
    expect(silent.days[0]).toMatchObject({ seconds: null, pairs: 0 })
    const against = report.comparisons.find(({ b, metric }) => b === 'silent' && metric === 'delivered')!
    expect(against).toMatchObject({ n: 0, p: null, pHolm: null, difference: { value: null } })
  })

  it('compares the trained arm with every other, on the last day', () => {
    expect(report.comparisons).toHaveLength(6 * 3)
    expect(report.comparisons.every(({ a, day }) => a === 'full' && day === 5)).toBe(true)
    const none = report.comparisons.find(({ b, metric }) => b === 'none' && metric === 'delivered')!
    expect(none.difference.low!).toBeGreaterThan(0)
    expect(none.pHolm!).toBeGreaterThanOrEqual(none.p!)
  })

  it('tells of every night of training', () => {
    expect(full.nights.map(({ day, n }) => [day, n])).toEqual([1, 2, 3, 4, 5].map((day) => [day, 4]))
    expect(full.nights[0]!.loss).toBeCloseTo(0.55)
    expect(report.arms[1]!.nights).toEqual([])
  })

  it('is the same document when it is made again', async () => {
    const folder = fakeRun()
    expect(JSON.stringify(await collectReport(folder))).toBe(JSON.stringify(await collectReport(folder)))
  })
})

it('two arms that lived the same are not told apart', async () => {
  const arms = { full: {}, twin: {} }
  const alike = fakeRun({
    arms,
    personas: 8,
    references: [],
    alter: (m, _arm, persona) => ({ ...m, mean: persona, delivered: persona, f1: 0.5 }),
  })
  const { comparisons } = await collectReport(alike)
  expect(comparisons.map(({ a, b, p }) => [a, b, p])).toEqual([1, 2, 3].map(() => ['full', 'twin', 1]))
})

it('counts the personas whose rate is within a factor of two of their wish', async () => {
  const rates = [0.4, 1.0, 2.1, 0.5]
  const folder = fakeRun({
    days: 1,
    alter: (m, _arm, persona) => ({ ...m, perHour: rates[persona]!, wishedPerHour: 1 }),
  })
  expect((await collectReport(folder)).arms[0]!.days[0]!.rateOk).toBe(2)
})

describe('a run that is not finished', () => {
  it('is reported with the days that stand, and compared where most personas have lived', async () => {
    const folder = fakeRun({ missing: (_arm, persona, day) => day > (persona === 0 ? 5 : 3) })
    const report = await collectReport(folder)
    expect(report.arms[0]!.days.map(({ personas }) => personas)).toEqual([4, 4, 4, 1, 1])
    expect(new Set(report.comparisons.map(({ day }) => day))).toEqual(new Set([3]))
    expect(report.complete.lived).toBe(7 * (5 + 3 * 3))
    expect(report.arms[0]!.change!.mean).toMatchObject({ from: 1, to: 3, n: 4 })
  })

  it('may not have lived a single day', async () => {
    const report = await collectReport(fakeRun({ missing: () => true }))
    expect(reportSchema.parse(report).arms.every(({ days }) => days.length === 0)).toBe(true)
    expect(report.comparisons).toEqual([])
  })
})

it('reports personas that were tuned on apart from the others', async () => {
  const { arms } = await collectReport(fakeRun({ tuned: ['persona-01'] }))
  expect(arms[0]!.groups!.tuned.days[0]!.personas).toBe(1)
  expect(arms[0]!.groups!.heldOut.days[0]!.personas).toBe(3)
  expect((await collectReport(fakeRun())).arms[0]!.groups).toBeUndefined()
})

describe('a folder that cannot be reported', () => {
  it('is told apart: no run, a foreign manifest, damaged figures', async () => {
    const folder = fakeRun()
    writeFileSync(folder.day('full', 'persona-01', 1).metrics, '{"mean": "high"}')
    await expect(collectReport(folder)).rejects.toMatchObject({ code: 'METRICS_INVALID' })
    writeFileSync(folder.manifest, '{"format": "other/1"}')
    await expect(collectReport(folder)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' })
    rmSync(folder.manifest)
    await expect(collectReport(new RunFolder(folder.root))).rejects.toMatchObject({ code: 'RUN_MISSING' })
  })
})
