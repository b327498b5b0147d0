import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { AttuneError } from '../common/error.js'

const line = z.object({ text: z.string().min(1) })

/**
 * Held-out text to measure a model by: of a file, or the one that lies in the base model's folder; null without either.
 *
 * @param file JSON lines `{ "text" }`; null: `held-out.jsonl` of `base`
 * @param base absolute folder of the base model
 * @throws AttuneError HELD_OUT_INVALID
 */
export async function loadHeldOut(file: string | null, base: string): Promise<string[] | null> {
  const path = file === null ? join(base, 'held-out.jsonl') : resolve(file)
  if (file === null && !existsSync(path)) return null
  try {
    const lines = (await readFile(path, 'utf8')).split('\n').filter((each) => each.trim() !== '')
    const texts = lines.map((each) => line.parse(JSON.parse(each)).text)
    if (texts.length === 0) throw new SyntaxError('no text')
    return texts
  } catch (cause) {
    throw new AttuneError('HELD_OUT_INVALID', 'config', 'this is no file of held-out text', {
      file: path,
      key: 'evaluate.text',
      hint: 'One JSON object a line: { "text": "..." }.',
      cause,
    })
  }
}
