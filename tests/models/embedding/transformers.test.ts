import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cosine } from '../../../models/embedding/cosine.js'
import { createEmbedder } from '../../../models/embedding/create-embedder.js'
import { TransformersEmbedder } from '../../../models/embedding/transformers.js'
import { VECTORS, writeTinyBert } from './tiny-bert.js'

// not written as a literal: the package is optional, and so are its types
const name: string = '@huggingface/transformers'
const installed = await import(name).then(
  () => true,
  () => false,
)
if (!installed) process.stderr.write(`skipped: ${name} is not installed\n`)

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'attune-bert-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

test.skipIf(!installed)(
  'a model folder embeds texts in process: means over tokens, of length 1',
  async () => {
    const path = folder()
    writeTinyBert(path)
    const embedder = await createEmbedder(`transformers:${path}`, {}, {})
    onTestFinished(() => (embedder as TransformersEmbedder).close())
    expect(embedder.dim).toBe(4)
    const [tea, coffee, walk, both, none, again] = await embedder.embed([
      'tea',
      'Coffee',
      'walk',
      'tea walk',
      '...',
      'tea',
    ])
    expect([...tea!]).toEqual(VECTORS['tea'])
    expect(cosine(tea!, coffee!)).toBeCloseTo(0.8, 6)
    expect(cosine(tea!, walk!)).toBe(0)
    expect(both![0]).toBeCloseTo(Math.SQRT1_2, 6)
    expect([...none!]).toEqual([0, 0, 0, 0])
    expect(again).toEqual(tea)
  },
)

test.skipIf(!installed)('a folder without a model tells what it needs', async () => {
  const opened = createEmbedder(`transformers:${folder()}`, {}, {})
  await expect(opened).rejects.toMatchObject({
    code: 'EMBEDDER_MISSING',
    kind: 'config',
    details: { hint: expect.stringContaining('onnx/model.onnx') },
  })
})

test.skipIf(installed)('without the package the command that installs it is told', async () => {
  await expect(TransformersEmbedder.open(folder())).rejects.toMatchObject({
    code: 'EMBEDDER_MISSING',
    details: { hint: expect.stringContaining('npm install @huggingface/transformers') },
  })
})
