/**
 * Writes what is generated from the configuration schema: configs/schema.json and the tables of
 * docs/configuration.md. `--check` writes nothing and exits with 1 when a file is not up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { docsTable, withTable } from '../configs/docs-table.js'
import { jsonSchemaText } from '../configs/json-schema.js'

const root = new URL('../', import.meta.url)
const check = process.argv.includes('--check')

const generated: Record<string, (before: string) => string> = {
  'configs/schema.json': jsonSchemaText,
  'docs/configuration.md': (before) => withTable(before, docsTable()),
}

let stale = 0
for (const [name, make] of Object.entries(generated)) {
  const file = fileURLToPath(new URL(name, root))
  const before = read(file)
  const after = make(before)
  if (before === after) continue
  if (check) {
    stale += 1
    console.error(`${name} is not up to date: run "npm run docs" and commit the result`)
  } else {
    writeFileSync(file, after)
    console.error(`wrote ${name}`)
  }
}
process.exitCode = stale > 0 ? 1 : 0

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
