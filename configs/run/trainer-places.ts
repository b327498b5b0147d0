import { z } from 'zod'
import { count, positive } from './numbers.js'

/** Where `trainer.backend: trl` finds Python. */
export const trl = z
  .strictObject({
    python: z
      .string()
      .min(1)
      .default('python3')
      .describe('Interpreter with torch, trl and peft, e.g. `.venv/bin/python`.'),
    prefix: z
      .array(z.string())
      .default([])
      .describe('Command put before it: `[ssh, box]`, `[srun, --gres=gpu:1]`, `[docker, run, ...]`.'),
    sharedFolder: z
      .string()
      .nullable()
      .default(null)
      .describe('Folder that both machines see, for jobs and adapters; null: the run folder.'),
    device: z.enum(['auto', 'cpu', 'cuda', 'mps']).default('auto').describe('Where torch computes.'),
    precision: z.enum(['fp32', 'bf16', 'fp16']).default('fp32').describe('Of the computation.'),
    gradientCheckpointing: z.boolean().default(false).describe('Less memory for more time.'),
    timeoutMinutes: positive.default(720).describe('A night that takes longer is stopped and has failed.'),
  })
  .describe('Fine-tuning by TRL in a Python environment (backend `trl`).')

/** Where hosted backends are reached and what a job of theirs is given. */
export const hosted = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .nullable()
      .default(null)
      .describe('Address of the service; null: its public one.'),
    keyFrom: z
      .string()
      .regex(/^[A-Z_][A-Z0-9_]*$/, 'the name of an environment variable')
      .nullable()
      .default(null)
      .describe('Environment variable with the key; null: the usual one of the service, e.g. `HF_TOKEN`.'),
    account: z
      .string()
      .nullable()
      .default(null)
      .describe(
        'User, organisation or account that jobs and models belong to; null: that of the key, if it tells.',
      ),
    hardware: z
      .string()
      .nullable()
      .default(null)
      .describe(
        'Flavor of HF Jobs (`a10g-large`); null: the smallest GPU. AutoTrain trains on its own server (`local-ui`).',
      ),
    timeoutMinutes: positive.default(120).describe('Longest time of a job; the service ends it then.'),
    pollSeconds: positive.default(20).describe('Time between two looks at a job.'),
    retries: count
      .default(6)
      .describe('Further attempts of calls that may be repeated without paying twice.'),
    usdPerHour: positive
      .nullable()
      .default(null)
      .describe('Price of the hardware, for estimates; null: as the service tells it, if it does.'),
    options: z
      .record(z.string(), z.json())
      .default({})
      .describe('Further fields of a job’s request, as the service names them.'),
  })
  .describe('Fine-tuning as a service (backends `hf-jobs`, `autotrain`, `openai`, `together`, `fireworks`).')
