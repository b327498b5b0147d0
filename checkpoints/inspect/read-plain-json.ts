import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { duplicateKey } from '../../common/duplicate-keys.js'
import { ioError } from '../../common/files.js'
import { unsafe } from './unsafe.js'
import type { FoundFile } from './walk-folder.js'

const LONGEST = 64 * 2 ** 20
/** Their keys are words of a vocabulary, which mean nothing. */
const VOCABULARIES = new Set(['tokenizer.json', 'vocab.json', 'added_tokens.json'])
/** Keys by which transformers, PEFT and pipelines are told to import something. */
const IMPORTS = new Set(['auto_map', 'auto_mapping', 'custom_pipelines', 'megatron_config'])

/**
 * Reads a JSON file of a checkpoint; null for a vocabulary, which is not looked into.
 *
 * @throws AttuneError CHECKPOINT_UNSAFE when it is too long, no JSON, ambiguous, or asks for code
 */
export async function readPlainJson({ path, bytes }: FoundFile): Promise<unknown> {
  if (bytes > LONGEST) throw unsafe(path, `a JSON file of ${bytes} bytes is too long`)
  if (VOCABULARIES.has(basename(path))) return null
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw ioError('read', path, cause)
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw unsafe(path, 'it is no JSON', undefined, cause)
  }
  const twice = duplicateKey(text)
  if (twice !== null) throw unsafe(path, `${JSON.stringify(twice)} stands in it twice`)
  const asked = asksForCode(value)
  if (asked !== null) throw unsafe(path, `\`${asked}\` asks for code that comes with the model`)
  return value
}

function asksForCode(value: unknown): string | null {
  const left = [value]
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next !== 'object' || next === null) continue
    for (const [key, inner] of Object.entries(next)) {
      if (key === 'trust_remote_code' && inner === true) return key
      if (!Array.isArray(next) && IMPORTS.has(key) && !isNothing(inner)) return key
      left.push(inner)
    }
  }
  return null
}

const isNothing = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0)
