/**
 * How different the personas are: the oracle's policy made for each persona, lived with each persona. Writes
 * docs/figures/persona-matrix.json and .svg. `--days 5` is the default; minutes on a laptop.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { format, resolveConfig } from 'prettier'
import { loadPersonas } from '../configs/load-personas.js'
import { loadWorld } from '../configs/load-world.js'
import { drawMatrix } from './user/draw-matrix.js'
import { liveDays } from './user/live-days.js'
import { meanOf } from './user/mean.js'

const { values } = parseArgs({ options: { days: { type: 'string', default: '5' } } })
const days = Array.from({ length: Number(values.days) }, (_, i) => i + 1)
const folder = fileURLToPath(new URL('../docs/figures/', import.meta.url))
const world = loadWorld()
const personas = loadPersonas('all', world)

const rounded = (value: number | null): number | null =>
  value === null ? null : Math.round(value * 100) / 100

const delivered: (number | null)[][] = []
const f1: (number | null)[][] = []
for (const made of personas) {
  const row = []
  for (const persona of personas) {
    const believed = made === persona ? undefined : made.wants
    row.push(await liveDays({ persona, world, policy: 'oracle', days, believed }))
  }
  delivered.push(row.map((lived) => rounded(meanOf(lived.map(({ metrics }) => metrics.delivered)))))
  f1.push(row.map((lived) => rounded(meanOf(lived.map(({ metrics }) => metrics.f1)))))
  process.stderr.write(`${delivered.length} of ${personas.length}: ${made.id}\n`)
}

const onDiagonal = (matrix: (number | null)[][]) => rounded(meanOf(matrix.map((row, i) => row[i])))
const offDiagonal = (matrix: (number | null)[][]) =>
  rounded(meanOf(matrix.flatMap((row, i) => row.filter((_, j) => j !== i))))
const summary = {
  delivered: { diagonal: onDiagonal(delivered), others: offDiagonal(delivered) },
  f1: { diagonal: onDiagonal(f1), others: offDiagonal(f1) },
}
const ids = personas.map(({ id }) => id)
mkdirSync(folder, { recursive: true })
const file = `${folder}persona-matrix.json`
const rows = (matrix: (number | null)[][]) => Object.fromEntries(matrix.map((row, i) => [ids[i]!, row]))
const document = {
  days: days.length,
  seed: 1,
  noise: 0,
  ...summary,
  columns: ids,
  deliveredBy: rows(delivered),
  f1By: rows(f1),
}
const style = await resolveConfig(file)
writeFileSync(file, await format(JSON.stringify(document, null, 1), { ...style, filepath: file }))
writeFileSync(`${folder}persona-matrix.svg`, await drawMatrix(ids, delivered))
process.stdout.write(`${JSON.stringify(summary)}\n`)
