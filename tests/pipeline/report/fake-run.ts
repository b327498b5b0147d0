import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { randomAt } from '../../../common/random.js'
import { runSchema } from '../../../configs/schema.js'
import type { DayMetrics } from '../../../datasets/metrics/day-metrics.js'
import { RunFolder } from '../../../pipeline/run/run-folder.js'

export interface FakeRun {
  personas?: number
  days?: number
  /** Overrides of the configuration. */
  config?: Record<string, unknown>
  arms?: Record<string, Record<string, string>>
  references?: string[]
  tuned?: string[]
  /** Days of a persona that are left out, as in an unfinished run. */
  missing?: (arm: string, persona: number, day: number) => boolean
  /** Changes a day's figures. */
  alter?: (metrics: DayMetrics, arm: string, persona: number, day: number) => DayMetrics
}

/** Mean, delivered, silent, deliveries an hour and F1 of the rules of embedded.md. */
const RULES: Record<string, [number, number | null, number | null, number, number]> = {
  silent: [2.69, null, 2.69, 0, 0],
  always: [1.54, 1.5, null, 24, 0.06],
  timer: [3.92, 2.5, 3.95, 1.3, 0.4],
  'receptive-timer': [3.96, 2.9, 3.98, 1, 0.55],
  oracle: [4, 4, 4, 1, 1],
}

const made: string[] = []
afterAll(() => made.forEach((root) => rmSync(root, { recursive: true, force: true })))

/** A run folder as the day loop leaves it, with figures of the prototype's kind. The same options, the same bytes. */
export function fakeRun(options: FakeRun = {}): RunFolder {
  const { personas = 4, days = 5, arms = { full: {}, none: { 'trainer.backend': 'none' } } } = options
  const references = options.references ?? Object.keys(RULES)
  const { tuned, missing = () => false, alter = (metrics) => metrics } = options
  const config = runSchema.parse({ name: 'fake', seed: 7, days, arms, references, tuned, ...options.config })
  const ids = Array.from({ length: personas }, (_, i) => `persona-${String(i + 1).padStart(2, '0')}`)
  const folder = new RunFolder(mkdtempSync(join(tmpdir(), 'attune-report-')))
  made.push(folder.root)
  const versions = { attune: '0.1.0', node: '20.19.0' }
  put(folder.manifest, {
    format: 'attune-run/1',
    config,
    configHash: 'c0ffee',
    personas: ids,
    versions,
  })
  ids.forEach((id, persona) => {
    for (let day = 1; day <= days; day++) {
      for (const [arm, overrides] of Object.entries(arms)) {
        if (missing(arm, persona, day)) continue
        const trained = overrides['trainer.backend'] !== 'none'
        const metrics = alter(armDay(arm, persona, trained ? day : 1, day), arm, persona, day)
        const files = folder.day(arm, id, day)
        put(files.metrics, {
          day,
          ...metrics,
          pairs: trained ? 260 - 15 * day : 255,
          ties: 90,
          identical: 12,
        })
        put(files.timing, { live: 1.5, pair: 0.1, ...(trained && { train: 1.2 }) })
        if (trained) put(files.trainingLog, nightLog(day))
      }
      for (const policy of references) {
        if (missing(policy, persona, day)) continue
        put(
          folder.referenceDay(policy, id, day).metrics,
          alter(ruleDay(policy, persona), policy, persona, day),
        )
      }
    }
  })
  return folder
}

function put(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify(value))
}

/** Hours awake of every persona. */
const AWAKE = 16

function wishOf(persona: number): number {
  return 0.15 + 0.1 * (persona % 8)
}

/** `learned` counts the nights of training as days; `day` only addresses the noise. */
function armDay(arm: string, persona: number, learned: number, day: number): DayMetrics {
  const noise = randomAt(7, arm, persona, day)
  const jitter = (size: number): number => size * noise.normal()
  const progress = 1 - Math.exp(-(learned - 1) / 3)
  const delivered = clamp(1.5 + 2.2 * progress + jitter(0.2), 0, 4)
  const wished = wishOf(persona)
  const perHour = wished + (20 - wished) * (1 - progress) ** 4 * Math.exp(jitter(0.1))
  const share = clamp(perHour / 24, 0, 1)
  const silent = clamp(2.8 + 1.15 * progress + jitter(0.05), 0, 4)
  const good = clamp(delivered / 4 - 0.1 + jitter(0.03), 0, 1)
  return {
    mean: share * delivered + (1 - share) * silent,
    delivered,
    silent,
    criteria: criteria(0.7 + 0.25 * progress, jitter),
    deliveredCriteria: criteria(delivered / 4, jitter),
    atLeast3: clamp(0.3 + 0.65 * progress, 0, 1),
    perHour,
    wishedPerHour: wished,
    precision: good,
    recall: clamp(0.2 + 0.6 * progress, 0, 1),
    f1: clamp((0.05 + 0.75 * progress) * (1 + jitter(0.1)), 0, 1),
    malformed: 0.004 * (1 - progress),
    failures: 0,
    steps: 384,
    deliveries: Math.round(perHour * AWAKE),
    tokens: 20_000 + 10 * persona,
  }
}

function ruleDay(policy: string, persona: number): DayMetrics {
  const [mean, delivered, silent, perHour, f1] = RULES[policy]!
  const none = { preference: null, timing: null, frequency: null, communication: null }
  const shift = 0.02 * (persona % 3)
  return {
    mean: mean - shift,
    delivered: delivered === null ? null : delivered - shift,
    silent,
    criteria: criteria(mean / 4, () => 0),
    deliveredCriteria: delivered === null ? none : criteria(delivered / 4, () => 0),
    atLeast3: mean / 4,
    perHour,
    wishedPerHour: wishOf(persona),
    precision: delivered === null ? null : f1,
    recall: f1,
    f1,
    malformed: 0,
    failures: 0,
    steps: 384,
    deliveries: Math.round(perHour * AWAKE),
    tokens: 0,
  }
}

function criteria(level: number, jitter: (size: number) => number): DayMetrics['criteria'] {
  return {
    preference: clamp(level - 0.1 + jitter(0.02), 0, 1),
    timing: clamp(level + jitter(0.02), 0, 1),
    frequency: clamp(level - 0.2 + jitter(0.02), 0, 1),
    communication: clamp(level + 0.05 + jitter(0.02), 0, 1),
  }
}

function nightLog(day: number): Record<string, number>[] {
  return [1, 2].map((step) => ({
    step,
    loss: 0.6 - 0.05 * day,
    'rewards/margins': 0.4 * day,
    'rewards/accuracies': 0.7 + 0.02 * day,
  }))
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
