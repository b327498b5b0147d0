import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { describeKeys } from '../../configs/describe-keys.js'
import { docsTable, withTable } from '../../configs/docs-table.js'
import { keysHelp } from '../../configs/keys-help.js'
import { jsonSchemaText } from '../../configs/json-schema.js'
import { runSchema } from '../../configs/schema.js'

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

test('every key of a run has a description', () => {
  const bare = describeKeys().filter(({ meaning }) => meaning.trim() === '')
  expect(bare.map(({ key }) => `add .describe() to ${key} in configs/schema.ts`)).toEqual([])
})

test('a key without a description would be found, however deep', () => {
  const schema = z.strictObject({
    a: z.strictObject({ b: z.number() }).nullable().default(null).describe('A.'),
  })
  expect(describeKeys(schema)).toMatchObject([
    { key: 'a', meaning: 'A.' },
    { key: 'a.b', meaning: '', required: true },
  ])
})

test('keys are listed with type, default and meaning', () => {
  const keys = new Map(describeKeys().map((each) => [each.key, each]))
  expect(keys.get('trainer.beta')).toMatchObject({ type: 'number above 0', default: '0.1', required: false })
  expect(keys.get('days')).toMatchObject({ type: 'whole number from 1 to 365', required: true })
  expect(keys.get('trainer.lora')).toMatchObject({ type: 'mapping or null', default: 'null' })
  expect(keys.get('trainer.lora.rank')).toMatchObject({ default: '16' })
  expect(keys.get('trainer')).toMatchObject({ section: true })
  expect(keys.has('arms.<name>')).toBe(true)
})

test('help lists every key with its meaning', () => {
  const help = keysHelp()
  for (const { key, meaning } of describeKeys()) {
    expect(help).toContain(key)
    expect(help).toContain(meaning)
  }
  expect(help).toContain('  trainer.beta  (number above 0; default 0.1)\n')
})

describe('what is generated from the schema is up to date (else: npm run docs)', () => {
  test('configs/schema.json', () => {
    expect(read('configs/schema.json')).toBe(jsonSchemaText())
  })

  test('the tables of docs/configuration.md', () => {
    const document = read('docs/configuration.md')
    expect(withTable(document, docsTable())).toBe(document)
    for (const { key } of describeKeys()) expect(document).toContain(`\`${key}\``)
  })
})

test('the JSON Schema lets a user leave out what has a default, and refuses unknown keys', () => {
  const schema = JSON.parse(jsonSchemaText()) as z.core.JSONSchema.JSONSchema
  expect(schema.required).toEqual(['name', 'days'])
  const again = z.fromJSONSchema(schema)
  expect(again.safeParse({ name: 'a', days: 1 }).success).toBe(true)
  expect(again.safeParse({ name: 'a', days: 1, dayz: 2 }).success).toBe(false)
  expect(again.safeParse(runSchema.parse({ name: 'a', days: 1 })).success).toBe(true)
})
