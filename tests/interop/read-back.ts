import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { baseFolder } from '../../models/base-folder.js'
import { loadModelFolder } from '../../models/lm/hf-folder.js'
import { loadMergedFolder } from '../../models/lm/lora-folder.js'
import { decodeSafetensors, encodeSafetensors } from '../../models/lm/safetensors.js'
import { writeModelAnswers } from './fixtures/model-answers.js'

/** Reads with attune what Python has written, and writes what it understood. */
const [what, source, target, textsFile] = process.argv.slice(2)
if (!source || !target || !textsFile)
  throw new Error('usage: read-back.ts model|adapter|safetensors SOURCE TARGET TEXTS')
const texts = JSON.parse(await readFile(textsFile, 'utf8')) as string[]
const folder = dirname(target)
await mkdir(folder, { recursive: true })
switch (what) {
  case 'model':
    await writeModelAnswers(folder, basename(target), await loadModelFolder(source), texts)
    break
  case 'adapter':
    await writeModelAnswers(
      folder,
      basename(target),
      await loadMergedFolder(baseFolder('nano'), source),
      texts,
    )
    break
  case 'safetensors':
    await writeFile(target, encodeSafetensors(decodeSafetensors(await readFile(source), source)))
    break
  default:
    throw new Error(`unknown: ${what}`)
}
