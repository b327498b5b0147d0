import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { MAY_IMPORT, roomProblems } from '../../scripts/room-rules.js'

test('no source imports against the directions of the rooms', () => {
  expect(roomProblems(fileURLToPath(new URL('../../', import.meta.url)))).toEqual([])
})

test('imports of every form against the directions are found, with file and line', () => {
  const root = mkdtempSync(join(tmpdir(), 'attune-rooms-'))
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  for (const room of Object.keys(MAY_IMPORT))
    write(`${room}/a.ts`, "import { z } from 'zod'\nexport const a = z\n")
  write('simulator/deep/b.ts', "import {\n  a,\n} from '../../assistant/a.js'\nexport const b = a\n")
  write(
    'common/c.ts',
    "// import { a } from '../pipeline/a.js'\n/* from '../models/a.js' */\nexport * from '../configs/a.js'\n",
  )
  write('trainers/d.ts', "export const d = () => import('../pipeline/a.js')\nimport '../checkpoints/a.js'\n")
  write('pipeline/e.ts', "import type { a } from '../tests/a.js'\nexport { a } from '../trainers/a.js'\n")
  expect(roomProblems(root).map((problem) => problem.split(':').slice(0, 2).join(':'))).toEqual([
    'common/c.ts:3  imports ../configs/a.js',
    'simulator/deep/b.ts:3  imports ../../assistant/a.js',
    'trainers/d.ts:1  imports ../pipeline/a.js',
    'pipeline/e.ts:1  imports ../tests/a.js',
  ])
})

test('the directions themselves have no circle', () => {
  const reaches = (room: string): string[] =>
    (MAY_IMPORT[room] ?? []).flatMap((each) => [each, ...reaches(each)])
  for (const room of Object.keys(MAY_IMPORT)) expect(reaches(room)).not.toContain(room)
})
