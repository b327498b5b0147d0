import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { baseFolder } from '../../models/base-folder.js'
import { loadModelFolder } from '../../models/lm/hf-folder.js'
import { loadMergedFolder } from '../../models/lm/lora-folder.js'
import { writeCheckpoints } from './fixtures/checkpoints.js'
import { writeDpoRuns } from './fixtures/dpo-runs.js'
import { probeTexts, writeModelAnswers } from './fixtures/model-answers.js'
import { writeTinyRun } from './fixtures/tiny-run.js'

/** Writes into a folder everything that the Python tests hold against other tools. */
const folder = process.argv[2]
if (!folder) throw new Error('usage: make-fixtures.ts FOLDER')
const answers = join(folder, 'answers')
await mkdir(answers, { recursive: true })
await writeCheckpoints(folder)
const base = await loadModelFolder(baseFolder('nano'))
const checkpoint = await loadModelFolder(join(folder, 'checkpoint'))
const texts = probeTexts()
await writeFile(join(folder, 'texts.json'), JSON.stringify(texts))
await writeModelAnswers(answers, 'nano', base, texts)
await writeModelAnswers(answers, 'checkpoint', checkpoint, texts)
const merged = await loadMergedFolder(baseFolder('nano'), join(folder, 'adapter'))
await writeModelAnswers(answers, 'adapter', merged, texts)
await writeDpoRuns(join(folder, 'dpo'), base, checkpoint)
await writeTinyRun(join(folder, 'runs'))
