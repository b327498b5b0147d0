import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { writeJsonAtomic } from '../../../common/files.js'
import type { JobHandle, TrainingJob } from '../../../trainers/trainer.js'
import { TrlTrainer } from '../../../trainers/trl/trl-trainer.js'

/** Trains one job as a night does, in a process that can be killed; with `hold`, stops where a handle is to be stored. */
const [jobFile, handleFile, resultFile, hold] = process.argv.slice(2) as [string, string, string, string?]
const job = JSON.parse(readFileSync(jobFile, 'utf8')) as TrainingJob
const stored = existsSync(handleFile)
  ? (JSON.parse(readFileSync(handleFile, 'utf8')) as JobHandle)
  : undefined
const save = async (handle: JobHandle): Promise<void> => {
  if (hold) {
    writeFileSync(`${handleFile}.held`, JSON.stringify(handle))
    await new Promise((resolve) => setTimeout(resolve, 60_000))
  }
  await writeJsonAtomic(handleFile, handle)
}
const trainer = new TrlTrainer()
const handle = await trainer.submit(job, { ...(stored && { stored }), save })
writeFileSync(resultFile, JSON.stringify(await trainer.collect(handle, job)))
