import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { packageRoot } from '../../common/package-root.js'
import { CRITERION_NAMES, FIELD_NAMES, normalised } from '../../configs/import/field-names.js'
import { loadAnyPersonas } from '../../configs/load-personas.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { loadWorld } from '../../configs/load-world.js'
import { temporaryFolder } from '../helpers/run-folder.js'
import { put } from '../helpers/scratch.js'

const page = readFileSync(join(packageRoot(), 'docs/personas.md'), 'utf8')
const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((found) => found[1]!)

test('the persona and the run file that docs/personas.md shows load', () => {
  const folder = temporaryFolder()
  const persona = blocks.find((block) => block.startsWith('id:'))!
  expect(loadAnyPersonas([put(folder, 'ilse.yaml', persona)], loadWorld())).toEqual([parse(persona)])
  const run = blocks.find((block) => block.startsWith('name:'))!
  expect(Object.keys(loadRunConfig(put(folder, 'run.yaml', run)).models)).toEqual(['judge'])
})

test('the names that it lists are names that the import knows', () => {
  const known: Record<string, readonly string[]> = {
    ...FIELD_NAMES,
    ...Object.fromEntries(Object.entries(CRITERION_NAMES).map(([name, names]) => [`rubric.${name}`, names])),
  }
  const rows = [...page.matchAll(/^\| `([a-zA-Z.]+)` \| ([^:|;]+)/gm)]
  expect(rows.map(([, field]) => field)).toEqual(expect.arrayContaining(Object.keys(known)))
  for (const [, field = '', names = ''] of rows) {
    const forms = known[field]!.map(normalised)
    for (const name of names.split(',')) {
      if (name.trim() !== `as \`interests\``) expect(forms, `${field}: ${name}`).toContain(normalised(name))
    }
  }
})
