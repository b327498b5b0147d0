import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { baseFolder } from '../../models/base-folder.js'
import { loadModelFolder } from '../../models/lm/hf-folder.js'
import { loadMergedFolder } from '../../models/lm/lora-folder.js'
import { decodeSafetensors, encodeSafetensors } from '../../models/lm/safetensors.js'
import { writeModelAnswers } from './fixtures/model-answers.js'

/** Reads with attune what Python has written, and writes what it understood. */
const [what, source, target] = process.argv.slice(2)
if (!source || !target) throw new Error('usage: read-back.ts model|adapter|safetensors SOURCE TARGET')
const folder = dirname(target)
await mkdir(folder, { recursive: true })
switch (what) {
  case 'model':
    await writeModelAnswers(folder, basename(target), await loadModelFolder(source))
    break
  case 'adapter':
    await writeModelAnswers(folder, basename(target), await loadMergedFolder(baseFolder('nano'), source))
    break
  case 'safetensors':
    await writeFile(target, encodeSafetensors(decodeSafetensors(await readFile(source), source)))
    break
  default:
    throw new Error(`unknown: ${what}`)
}
