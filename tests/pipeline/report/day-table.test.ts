import { describe, expect, it } from 'vitest'
import { collectReport } from '../../../pipeline/report/collect-report.js'
import { dayTable } from '../../../pipeline/report/day-table.js'
import { type FakeRun, fakeRun } from './fake-run.js'

const table = async (run: FakeRun, colour = false): Promise<string> =>
  dayTable(await collectReport(fakeRun(run)), { colour })

describe('the table at the end of a run', () => {
  it('has a line for every day of every arm and for every reference, within 100 columns', async () => {
    const lines = (await table({ personas: 32, days: 14 })).split('\n')
    expect(lines.filter((line) => /^\d+ /.test(line))).toHaveLength(2 * 14)
    expect(lines.filter((line) => /^(silent|always|timer|receptive-timer|oracle) /.test(line))).toHaveLength(
      5,
    )
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('says with an interval whether the deliveries got better, and against the receptive timer', async () => {
    const text = (await table({ personas: 8 })).replaceAll('\n', ' ')
    expect(text).toMatch(/learned to recommend better: .* \+[\d.]+ \([\d.]+ to [\d.]+\)/)
    expect(text).toMatch(/timer that waits for a receptive moment/)
  })

  it('does not call silence learning', async () => {
    const silenced = (
      await table({
        personas: 8,
        alter: (m, arm, persona, day) =>
          arm === 'full'
            ? { ...m, delivered: 1.5 + ((persona + day) % 3) / 10, mean: 2 + day / 3, perHour: 0.1 }
            : m,
      })
    ).replaceAll('\n', ' ')
    expect(silenced).toMatch(/mostly learned to be silent: the mean over all steps rose by \+/)
    expect(silenced).not.toMatch(/recommend better:/)
    const mute = await table({
      alter: (m, arm, _, day) => (arm === 'full' && day === 5 ? { ...m, delivered: null } : m),
    })
    expect(mute).toMatch(/no longer speaks on day 5/)
  })

  it('does not say that a rule was missing where only nothing was trained', async () => {
    const untrained = await table({ missing: (arm) => arm === 'full' })
    expect(untrained.replaceAll('\n', ' ')).toContain(
      'What is not trained is not compared with the receptive timer',
    )
    const alone = await table({ missing: (arm) => arm === 'full' || arm === 'receptive-timer' })
    expect(alone.replaceAll('\n', ' ')).toContain('There is no receptive timer')
  })

  it('claims nothing of one persona and warns below six', async () => {
    expect(await table({ personas: 1 })).toMatch(/no claim/)
    expect(await table({ personas: 4 })).toMatch(/4 personas: too few/)
  })

  it('has escape codes on demand only, and stands before a day is lived', async () => {
    expect(await table({})).not.toContain('\u001b[')
    expect(await table({}, true)).toContain('\u001b[1m')
    expect(await table({ missing: () => true })).toContain('No day has been lived yet.')
  })
})
