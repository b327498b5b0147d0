import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../common/files.js'
import { canonicalJson } from '../../common/canonical-json.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { drawNight } from '../../datasets/replay/draw-night.js'
import { readPairs, readRecords } from '../../datasets/parquet.js'
import { type PreferencePair, scoreOf } from '../../datasets/schema.js'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import type { ProgressEvent } from '../../pipeline/progress/events.js'
import type { RunFolder } from '../../pipeline/run/run-folder.js'
import type { StoredDayMetrics } from '../../pipeline/stages/measure-day.js'
import { built } from '../helpers/built.js'
import { AMARA, BRUNO, configFile, filesIn, temporaryFolder } from '../helpers/run-folder.js'

const { run } = built
const DAYS = [1, 2, 3]
const ARMS = ['full', 'none']
const json = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
const folder = temporaryFolder()
const config = loadRunConfig(
  configFile(folder, {
    days: DAYS.length,
    simulator: { stepSeconds: 600 },
    arms: { full: {}, none: { 'trainer.backend': 'none' } },
    trainer: { epochs: 1, keep: 'latest' },
    references: ['silent', 'oracle'],
  }),
)
const events: ProgressEvent[] = []
let lived: RunFolder
beforeAll(async () => {
  lived = await run({ config, runs: folder, emit: (event) => events.push(event) })
})

/** Every persona-day of every arm. */
const eachDay = ARMS.flatMap((arm) => [AMARA, BRUNO].flatMap((id) => DAYS.map((day) => ({ arm, id, day }))))

describe('three days of two personas', () => {
  it('have a rating or a failure for every candidate, and exactly one of them is delivered', async () => {
    for (const { arm, id, day } of eachDay) {
      const records = await readRecords(lived.day(arm, id, day).records)
      expect(records.map(({ moment }) => moment.step)).toEqual(records.map((_, i) => i))
      for (const { moment, candidates, delivered } of records) {
        expect(moment).toMatchObject({ persona: id, day })
        expect(candidates[delivered]!.origin).toBe('sampled')
        for (const { rating, failure } of candidates)
          expect((rating === null) !== (failure === null)).toBe(true)
      }
    }
  })

  it('have figures that can be counted from their records and pairs', async () => {
    for (const { arm, id, day } of eachDay) {
      const files = lived.day(arm, id, day)
      const [records, pairs] = [await readRecords(files.records), await readPairs(files.pairs)]
      const metrics = json(files.metrics) as StoredDayMetrics
      const delivered = records.map((record) => record.candidates[record.delivered]!)
      const scores = delivered.flatMap(({ rating }) => (rating ? [scoreOf(rating)] : []))
      expect(metrics).toMatchObject({
        day,
        steps: records.length,
        deliveries: delivered.filter(({ text }) => text !== null).length,
        pairs: pairs.length,
      })
      expect(metrics.mean).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / scores.length, 12)
      for (const { day: of, persona, chosenScore, rejectedScore } of pairs) {
        expect({ of, persona }).toEqual({ of: day, persona: id })
        expect(chosenScore).toBeGreaterThan(rejectedScore)
      }
    }
  })

  it('train on pairs of all days so far, each night from the checkpoint of the night before', async () => {
    for (const id of [AMARA, BRUNO]) {
      let parent: string | null = null
      const pairsByDay: PreferencePair[][] = []
      for (const day of DAYS) {
        const files = lived.day('full', id, day)
        pairsByDay.push(await readPairs(files.pairs))
        const night = drawNight(pairsByDay, day, config.pairs.replay, [config.seed, id, day, 'night'])
        const checkpoint = json(files.checkpoint) as Checkpoint
        expect(checkpoint).toMatchObject({ parent, base: 'nano', kind: 'full', location: 'checkpoint' })
        expect(checkpoint.pairs).toBe(sha256Hex(canonicalJson(night)))
        expect(json(files.job)).toMatchObject({
          parent,
          base: 'nano',
          pairs: checkpoint.pairs,
          count: night.length,
        })
        parent = checkpoint.id
      }
    }
  })

  it('begin the first night at the reference, which is the base: log-ratios of 0', () => {
    const rewards = (day: number): number[] => {
      const [first] = json(lived.day('full', AMARA, day).trainingLog) as Record<string, number>[]
      return [first!['rewards/chosen']!, first!['rewards/rejected']!]
    }
    for (const reward of rewards(1)) expect(reward).toBeCloseTo(0, 5)
    // later nights start elsewhere and are still measured against the base
    for (const reward of rewards(3)) expect(Math.abs(reward)).toBeGreaterThan(1e-4)
  })

  it('share plans over arms: the same moments; only the trained arm comes to say other things', async () => {
    const said: Record<string, string[]> = {}
    for (const id of [AMARA, BRUNO]) {
      for (const day of DAYS) {
        const [full, none] = await Promise.all(
          ARMS.map((arm) => readRecords(lived.day(arm, id, day).records)),
        )
        expect(none!.map(({ moment }) => moment)).toEqual(full!.map(({ moment }) => moment))
        if (day === 1) expect(none).toEqual(full)
        for (const [arm, records] of [
          ['full', full!],
          ['none', none!],
        ] as const)
          (said[`${arm} ${day > 1 ? 'later' : 'first'}`] ??= []).push(
            ...records.map((one) => JSON.stringify(one.candidates)),
          )
      }
    }
    expect(said['full later']).not.toEqual(said['none later'])
  })

  it('keep no checkpoint in the arm without training, and one weights folder a persona with keep: latest', () => {
    const files = filesIn(join(lived.root, 'arms'))
    expect(files.filter((file) => file.startsWith('none') && /checkpoint|job|training/.test(file))).toEqual(
      [],
    )
    expect(files.filter((file) => file.endsWith('model.safetensors'))).toEqual(
      [AMARA, BRUNO].map((id) => `full/${id}/day-03/checkpoint/model.safetensors`),
    )
    expect(files.filter((file) => file.endsWith('checkpoint.json'))).toHaveLength(6)
  })

  it('leave figures only of the references: silence delivers nothing, the oracle scores best', () => {
    for (const id of [AMARA, BRUNO]) {
      const mean = (file: string): StoredDayMetrics => json(file) as StoredDayMetrics
      const silent = mean(lived.referenceDay('silent', id, 1).metrics)
      const oracle = mean(lived.referenceDay('oracle', id, 1).metrics)
      expect(silent).toMatchObject({ deliveries: 0, delivered: null })
      expect(oracle.mean).toBeGreaterThan(mean(lived.day('full', id, 1).metrics).mean!)
    }
    expect(existsSync(lived.lock)).toBe(false)
  })

  it('tell of every day and every task', () => {
    const of = (type: string): ProgressEvent[] => events.filter((event) => event.type === type)
    expect(of('day-done')).toHaveLength(eachDay.length)
    expect(of('task-done')).toHaveLength(8)
  })
})

describe('with keep: latest, damaged weights', () => {
  it('can be made again from the pairs of all nights', async () => {
    const { checkpoint, weights } = lived.day('full', AMARA, 3)
    const before = readFileSync(join(weights, 'model.safetensors'))
    rmSync(weights, { recursive: true })
    rmSync(checkpoint)
    const again = (): Promise<unknown> => run({ config, runs: folder })
    await expect(again()).rejects.toMatchObject({
      code: 'CHECKPOINT_INVALID',
      details: {
        file: lived.day('full', AMARA, 2).weights,
        hint: expect.stringContaining('checkpoint.json of every day'),
      },
    })
    for (const day of DAYS) rmSync(lived.day('full', AMARA, day).checkpoint, { force: true })
    await again()
    expect(readFileSync(join(weights, 'model.safetensors')).equals(before)).toBe(true)
    expect(existsSync(lived.day('full', AMARA, 2).weights)).toBe(false)
  })
})
