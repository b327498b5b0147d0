import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import { ioError, ioErrorCode } from '../../common/files.js'
import { spentByRoleSchema } from './document.js'

const figure = z.number().nullable()
const byCriterion = z.object({ preference: figure, timing: figure, frequency: figure, communication: figure })

/** What a night has left of the model's language; null where nothing was trained or measured. */
const retentionSchema = z.looseObject({
  measure: z.enum(['perplexity', 'questions']),
  value: figure,
  base: figure,
})

/** Those of `StoredDayMetrics`; a reference policy builds no pairs. */
const metricsSchema = z.looseObject({
  mean: figure,
  delivered: figure,
  silent: figure,
  criteria: byCriterion,
  deliveredCriteria: byCriterion,
  atLeast3: figure,
  perHour: figure,
  wishedPerHour: figure,
  precision: figure,
  recall: figure,
  f1: figure,
  malformed: figure,
  failures: z.number(),
  steps: z.number(),
  deliveries: z.number(),
  tokens: z.number(),
  pairs: z.number().default(0),
  ties: z.number().default(0),
  identical: z.number().default(0),
  retention: retentionSchema.nullable().default(null),
  spent: spentByRoleSchema.default({}),
})

const timingSchema = z.record(z.string(), z.number())
const logSchema = z.array(z.record(z.string(), z.number()))

/** One persona's day of one arm. */
export interface LivedDay {
  day: number
  metrics: z.output<typeof metricsSchema>
  /** Of all stages; null where they were not kept. */
  seconds: number | null
  /** Means over the steps of the night under TRL's names; null without training. */
  training: Record<string, number> | null
}

interface Files {
  metrics: string
  timing?: string
  trainingLog?: string
}

/** Null for a day that is not sealed yet. @throws AttuneError METRICS_INVALID, FILE_READ_FAILED */
export function livedDay(files: Files, day: number): LivedDay | null {
  const metrics = readJson(files.metrics, metricsSchema)
  if (metrics === null) return null
  const timing = files.timing === undefined ? null : readJson(files.timing, timingSchema)
  const log = files.trainingLog === undefined ? null : readJson(files.trainingLog, logSchema)
  return {
    day,
    metrics,
    seconds: timing && Object.values(timing).reduce((sum, seconds) => sum + seconds, 0),
    training: log && log.length > 0 ? meanRow(log) : null,
  }
}

function readJson<S extends z.ZodType>(file: string, schema: S): z.output<S> | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (ioErrorCode(cause) === 'ENOENT') return null
    throw ioError('read', file, cause)
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const hint = "Delete that day's metrics.json and run again: nothing but the figures is made again."
    throw new AttuneError('METRICS_INVALID', 'data', `${file} does not hold what attune wrote`, {
      file,
      hint,
      cause,
    })
  }
}

function meanRow(rows: readonly Record<string, number>[]): Record<string, number> {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return Object.fromEntries(
    names.map((name) => {
      const values = rows.flatMap((row) => row[name] ?? [])
      return [name, values.reduce((sum, value) => sum + value, 0) / values.length]
    }),
  )
}
