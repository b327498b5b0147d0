import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { writeJsonAtomic } from '../../../common/files.js'
import { createTrainer } from '../../../trainers/create-trainer.js'
import type { JobHandle, TrainingJob } from '../../../trainers/trainer.js'

/** Trains one job as a night does, in a process that can be killed: job file, handle file, result file. */
const [jobFile, handleFile, resultFile] = process.argv.slice(2) as [string, string, string]
const job = JSON.parse(readFileSync(jobFile, 'utf8')) as TrainingJob
const trainer = await createTrainer(job.config, null)
if (!trainer) throw new Error('no trainer')
const stored = existsSync(handleFile)
  ? (JSON.parse(readFileSync(handleFile, 'utf8')) as JobHandle)
  : undefined
const handle = await trainer.submit(job, {
  ...(stored && { stored }),
  save: (made) => writeJsonAtomic(handleFile, made),
})
writeFileSync(resultFile, JSON.stringify(await trainer.collect(handle, job)))
