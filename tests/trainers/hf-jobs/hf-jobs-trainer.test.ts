import type { TrainerConfig } from '../../../configs/schema.js'
import { HfJobsService } from '../../../trainers/hf-jobs/hf-jobs-service.js'
import { trainerConfig } from '../../support/trainers/hosted-job.js'
import { describeHosted } from '../../support/trainers/hosted-suite.js'
import { HUB_BASE, HUB_TOKEN, playHub } from '../../support/trainers/hub.js'

const configured = (url: string): TrainerConfig =>
  trainerConfig({
    backend: 'hf-jobs',
    base: HUB_BASE,
    lora: { rank: 2, modules: ['q_proj', 'v_proj'] },
    hosted: { url, pollSeconds: 0.02, retries: 4 },
  })

describeHosted({
  name: 'hf-jobs',
  play: () => playHub(),
  config: configured,
  service: (config) => new HfJobsService(config, process.env, { backoffMs: 5, quietMs: 30 }),
  base: HUB_BASE,
  key: ['HF_TOKEN', HUB_TOKEN],
  create: 'POST /api/jobs/tester$',
  look: 'GET /api/jobs/tester/job-',
  before: ['/commit/main'],
  fetches: ['/signed/'],
  isCancelled: ({ log, jobs }) => log.at(-1)?.endsWith('/cancel') === true && jobs[0]?.state === 'cancelled',
  yields: 'adapter',
})
