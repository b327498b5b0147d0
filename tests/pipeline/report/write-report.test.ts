import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readParquet } from '../../../datasets/parquet.js'
import { rowsOfTable } from '../../../datasets/tables/decode.js'
import { writeReport } from '../../../pipeline/report/write-report.js'
import { type FakeRun, fakeRun } from './fake-run.js'

const page = async (run: FakeRun = {}): Promise<string> => {
  const folder = fakeRun(run)
  await writeReport(folder)
  return readFileSync(folder.report, 'utf8').replaceAll(/>\s+</g, '><')
}

describe('report.html', () => {
  it('needs neither a network nor a script', async () => {
    const text = await page()
    expect(text).not.toMatch(/<script|<link|<iframe|<img|@import|@font-face|url\(|\bsrc=|\bhref=/i)
    expect(text).not.toMatch(/https?:\/\//)
  })

  it('shows the verdict, curves of all arms and rules, every persona, and how to repeat it', async () => {
    const text = await page()
    expect(text).toContain('learned to recommend better')
    for (const name of ['full', 'none', 'silent', 'always', 'timer', 'receptive-timer', 'oracle']) {
      expect(text).toMatch(new RegExp(`<text[^>]*>${name}</text>`))
    }
    for (const persona of [1, 2, 3, 4]) expect(text).toContain(`<h3 title="persona-0${persona}">`)
    expect(text).toContain('attune run fake.yaml')
    expect(text).toContain('node 20.19.0')
    expect(text.match(/<svg /g)).toHaveLength(4 + 4 + 2 * 4)
  })

  it('lists departures from the paper with their reasons, and only those', async () => {
    const departing = await page({
      personas: 1,
      days: 1,
      config: { assistant: { spokenCounterfactuals: 4 }, trainer: { beta: 0.5 } },
    })
    expect(departing).toMatch(/trainer\.beta<\/th><td>0\.1<\/td><td>0\.5<\/td>/)
    expect(departing).toMatch(/spokenCounterfactuals<\/th><td>0<\/td><td>4<\/td>/)
    expect(departing).not.toMatch(/trainer\.learningRate<\/th>/)
  })

  it('follows the colours of the reader: no colour of a chart is fixed', async () => {
    const colours = [...(await page()).matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour)
    expect(colours.filter((colour) => !/^(none|transparent|var\(--[a-z0-9-]+\))$/.test(colour!))).toEqual([])
  })

  it('is the same bytes when it is made again', async () => {
    expect(await page({ personas: 2, days: 2 })).toBe(await page({ personas: 2, days: 2 }))
  })

  it('stays below 3 MB with 32 personas and 14 days', async () => {
    const text = await page({ personas: 32, days: 14 })
    expect(text.length).toBeLessThan(3_000_000)
    expect(text.match(/<h3 title="persona-/g)).toHaveLength(32)
  })

  it('stands for a run that has not lived a day, and for one whose arm never speaks', async () => {
    expect(await page({ missing: () => true })).toContain('No day has been lived yet.')
    const mute = await page({
      personas: 2,
      days: 2,
      alter: (m) => ({ ...m, delivered: null, perHour: 0, precision: null, f1: 0 }),
    })
    expect(mute).toContain('no longer speaks')
  })

  it('writes no HTML from names', async () => {
    const text = await page({ personas: 1, days: 1, arms: { full: { 'assistant.model': '<b>&' } } })
    expect(text).not.toContain('<b>&')
    expect(text).toContain('&lt;b&gt;&amp;')
  })
})

it('metrics.parquet has a row for every arm, persona and day, with the figures of the report', async () => {
  const folder = fakeRun()
  const { arms } = await writeReport(folder)
  const rows = rowsOfTable(await readParquet(folder.metrics))
  expect(rows).toHaveLength(7 * 4 * 5)
  expect(rows[6]).toMatchObject({
    arm: 'full',
    kind: 'trained',
    persona: 'persona-02',
    day: 2,
    delivered: arms[0]!.personas[1]!.days[1]!.delivered.value,
    timing: arms[0]!.personas[1]!.days[1]!.criteria.timing.value,
    pairs: 230,
  })
  expect(rows.find(({ arm }) => arm === 'silent')).toMatchObject({ delivered: null, seconds: null })
})
