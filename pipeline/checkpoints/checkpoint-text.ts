import { relative } from 'node:path'
import { fixed } from '../report/format-figure.js'
import { type FoundCheckpoint, placeOf } from './find-checkpoint.js'
import type { CheckpointEntry } from './list-checkpoints.js'

const HEADS = [
  'night',
  'id',
  'parent',
  'trainer',
  'kind',
  'size',
  'pairs',
  'next day: spoken',
  'F1',
  'all',
] as const

/**
 * The lineage of every arm and persona, plain text: each checkpoint was trained on from the one above it. Beside it the
 * scores of the day that was lived with it. Ends without a line break.
 */
export function lineageText(entries: readonly CheckpointEntry[]): string {
  if (entries.length === 0) return 'No night of this run has been trained yet.'
  const rows = entries.map(cellsOf)
  const widths = HEADS.map((head, i) => Math.max(head.length, ...rows.map((cells) => cells[i]!.length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i < 5 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd()
  const groups = new Map<string, number[]>()
  entries.forEach(({ arm, persona }, i) => {
    const key = `${arm} / ${persona}`
    groups.set(key, [...(groups.get(key) ?? []), i])
  })
  return [...groups]
    .map(([title, indices]) => {
      const first = entries[indices[0]!]!
      return [title, `  ${line(HEADS)}`, `  base ${first.checkpoint.base}`]
        .concat(indices.map((i) => `  ${line(rows[i]!)}`))
        .join('\n')
    })
    .join('\n\n')
}

function cellsOf({ day, checkpoint, bytes, pairs, lived }: CheckpointEntry): string[] {
  return [
    `└ ${day}`,
    checkpoint.id,
    checkpoint.parent?.slice(0, 8) ?? 'base',
    checkpoint.trainer,
    checkpoint.kind,
    sizeText(checkpoint.kind, bytes),
    pairs === null ? '–' : String(pairs),
    fixed(lived?.delivered ?? null),
    fixed(lived?.f1 ?? null),
    fixed(lived?.mean ?? null),
  ]
}

function sizeText(kind: CheckpointEntry['checkpoint']['kind'], bytes: number | null): string {
  if (bytes === null) return kind === 'hosted' ? 'hosted' : 'removed'
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** Everything of one checkpoint, plain text. Ends without a line break. */
export function checkpointText(
  { entry, lineage }: FoundCheckpoint,
  { settings, cwd }: { settings: Readonly<Record<string, unknown>>; cwd: string },
): string {
  const { checkpoint, dir, bytes, pairs, lived } = entry
  const { id, parent, base, trainer, kind, location, metrics } = checkpoint
  const place =
    dir === null ? location : `${relative(cwd, dir) || '.'}${bytes === null ? ' (weights removed)' : ''}`
  const facts: [string, string][] = [
    ['id', id],
    ['made', `arm ${entry.arm}, ${entry.persona}, night of day ${entry.day}`],
    [
      'lineage',
      ['base ' + base, ...lineage.map((each) => `${each.checkpoint.id} (${each.day})`)].join(' → '),
    ],
    ['parent', parent ?? `none: it began at the base`],
    ['trainer', trainer],
    ['kind', `${kind}, ${sizeText(kind, bytes)}`],
    ['lies in', place],
    ['pairs', `${pairs ?? '–'}, SHA-256 ${checkpoint.pairs}`],
    ['settings', listed(settings)],
    ['last metrics', listed(metrics)],
    [
      'day scores',
      lineage
        .flatMap((each) => (each.lived ? [each.lived] : []))
        .map(
          ({ day, delivered, f1, mean }) =>
            `day ${day}: spoken ${fixed(delivered)}, F1 ${fixed(f1)}, all ${fixed(mean)}`,
        )
        .join('\n') || 'no day has been lived with it or its parents',
    ],
    ['lived with it', lived ? `day ${lived.day}` : 'no day yet'],
  ]
  const width = Math.max(...facts.map(([label]) => label.length))
  return facts
    .map(([label, text]) => `${label.padEnd(width)}  ${text.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}`)
    .join('\n')
}

function listed(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? short(value) : JSON.stringify(value)}`)
    .join('\n')
}

const short = (value: number): string => String(Number(value.toPrecision(5)))

/** One checkpoint as JSON: what `list` prints of it, with `lineage` and `settings`. */
export function checkpointJson(
  { entry, lineage }: FoundCheckpoint,
  settings: Readonly<Record<string, unknown>>,
): object {
  return {
    ...entry,
    place: placeOf(entry),
    settings,
    lineage: lineage.map(({ day, checkpoint, lived }) => ({ day, id: checkpoint.id, lived })),
  }
}
