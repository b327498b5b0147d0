import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeTable } from '../../datasets/tables/describe.js'
import { pairsSchema } from '../../datasets/tables/pairs.js'
import { ratingsSchema } from '../../datasets/tables/ratings.js'
import { recordsSchema } from '../../datasets/tables/records.js'

/** Without the padding that the formatter gives to tables. */
const plain = (markdown: string) => markdown.replace(/ +/g, ' ').replace(/-{3,}/g, '---')

describe('docs/data.md', () => {
  const page = plain(readFileSync('docs/data.md', 'utf8'))

  it.each([
    ['records', recordsSchema],
    ['ratings', ratingsSchema],
    ['pairs', pairsSchema],
  ])('lists the columns of %s as they are in the files', (_, schema) => {
    expect(page).toContain(plain(describeTable(schema)))
    expect(page).toContain(schema.metadata.get('attune:format'))
  })
})
