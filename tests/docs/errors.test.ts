import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { MAY_IMPORT } from '../../scripts/room-rules.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

const sources = Object.keys(MAY_IMPORT).flatMap((room) =>
  readdirSync(join(root, room), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => ({ file: join(entry.parentPath, entry.name).slice(root.length) }))
    .map(({ file }) => ({ file, text: readFileSync(join(root, file), 'utf8') })),
)

/** Codes and kinds that the sources throw, each with one file that does. */
const thrown = new Map<string, { file: string; kinds: Set<string> }>()
for (const { file, text } of sources) {
  const found = [
    ...text.matchAll(/new AttuneError\(\s*'([^']+)',\s*(?:'([a-z]+)')?/g),
    ...text.matchAll(/\bcode: '([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'(?:, kind: '([a-z]+)')?/g),
  ]
  for (const [, code = '', kind] of found) {
    const entry = thrown.get(code) ?? { file, kinds: new Set<string>() }
    if (kind !== undefined) entry.kinds.add(kind)
    thrown.set(code, entry)
  }
}

const table = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, code = '', kinds = '', what = '', todo = '']) => ({
    code: code.replaceAll('`', ''),
    kinds,
    what,
    todo,
  }))

test('every code that attune throws is in docs/errors.md', () => {
  const known = new Set(table.map(({ code }) => code))
  const missing = [...thrown].filter(([code]) => !known.has(code))
  expect(
    missing.map(([code, { file, kinds }]) => {
      const kind = [...kinds].join(', ') || 'kind'
      return `add to docs/errors.md: | \`${code}\` | ${kind} | what happened | what to do |   (thrown in ${file})`
    }),
  ).toEqual([])
})

test('every code of docs/errors.md is thrown somewhere', () => {
  const all = sources.map(({ text }) => text).join('\n')
  const gone = table.filter(({ code }) => !all.includes(`'${code}'`))
  expect(gone.map(({ code }) => `remove the line of \`${code}\` from docs/errors.md, or throw it`)).toEqual(
    [],
  )
})

test('lines of docs/errors.md are complete, sorted, single, and name the kind the source gives', () => {
  const codes = table.map(({ code }) => code)
  expect(codes).toEqual([...new Set(codes)].toSorted())
  for (const { code, kinds, what, todo } of table) {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/)
    expect(what, code).not.toBe('')
    expect(todo, code).not.toBe('')
    const given = [...(thrown.get(code)?.kinds ?? [])]
    const listed = kinds.split(', ')
    for (const kind of given) expect(listed, `kind of \`${code}\` in docs/errors.md`).toContain(kind)
  }
})
