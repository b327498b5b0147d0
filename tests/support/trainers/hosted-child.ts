import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { writeJsonAtomic } from '../../../common/files.js'
import type { TrainerConfig } from '../../../configs/schema.js'
import { HostedTrainer } from '../../../trainers/hosted/hosted-trainer.js'
import type { JobHandle, Trainer, TrainingJob } from '../../../trainers/trainer.js'

/** Trains one job as a night does, in a process that can be killed: job file, handle file, result file. */
const [jobFile, handleFile, resultFile] = process.argv.slice(2) as [string, string, string]
const job = JSON.parse(readFileSync(jobFile, 'utf8')) as TrainingJob
const trainer = await trainerOf(job.config)
const stored = existsSync(handleFile)
  ? (JSON.parse(readFileSync(handleFile, 'utf8')) as JobHandle)
  : undefined
const handle = await trainer.submit(job, {
  ...(stored && { stored }),
  save: (made) => writeJsonAtomic(handleFile, made),
})
writeFileSync(resultFile, JSON.stringify(await trainer.collect(handle, job)))

/** As `createTrainer`, without loading what other backends need: these processes are started many times. */
async function trainerOf(config: TrainerConfig): Promise<Trainer> {
  const { env } = process
  switch (config.backend) {
    case 'openai': {
      const { OpenAiService } = await import('../../../trainers/openai/openai-service.js')
      return new HostedTrainer(new OpenAiService(config, env), config.hosted)
    }
    case 'together': {
      const { TogetherService } = await import('../../../trainers/together/together-service.js')
      return new HostedTrainer(new TogetherService(config, env), config.hosted)
    }
    case 'fireworks': {
      const { FireworksService } = await import('../../../trainers/fireworks/fireworks-service.js')
      return new HostedTrainer(new FireworksService(config, env), config.hosted)
    }
    default: {
      const { createTrainer } = await import('../../../trainers/create-trainer.js')
      return (await createTrainer(config, null))!
    }
  }
}
