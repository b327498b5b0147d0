import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ioError } from '../../common/files.js'
import { packageRoot } from '../../common/package-root.js'
import type { TrainingJob } from '../trainer.js'

/** Has `uv` and Python; what the script needs beside them, in which versions, stands in its head. */
const IMAGE = 'ghcr.io/astral-sh/uv:python3.12-bookworm'

/** Fields of a job's request that are attune's own. */
export const OWN_FIELDS = [
  'spaceId',
  'command',
  'arguments',
  'environment',
  'secrets',
  'flavor',
  'timeoutSeconds',
  'labels',
] as const

/** Label that a job is found by. */
export const KEY_LABEL = 'attune-key'

/** Where a job finds its pairs and puts its adapter. */
export interface Night {
  key: string
  /** Dataset repository and the commit with the pairs. */
  dataset: string
  revision: string
  /** Model repository and the branch for the adapter. */
  model: string
  branch: string
}

// an image of one's own may have the libraries instead of uv
const RUN = [
  'mkdir -p /tmp/attune && cd /tmp/attune',
  'printf %s "$ATTUNE_RUN_PY" | base64 -d > run.py && printf %s "$ATTUNE_TRAIN_PY" | base64 -d > train.py',
  'if command -v uv > /dev/null; then exec uv run run.py; else exec python3 run.py; fi',
].join(' && ')

/**
 * Body of `POST /api/jobs/{account}`, as `runJob` of `@huggingface/hub` sends it, and with the further fields that a
 * configuration asks for. The scripts come along in the environment; the key of the account is a secret of the job.
 * @throws AttuneError FILE_READ_FAILED
 */
export async function jobRequest(
  { config, key }: TrainingJob,
  night: Night,
  flavor: string,
  label: string,
  token: string,
): Promise<Record<string, unknown>> {
  const [run, train] = await Promise.all([script('trainers/hf-jobs/run.py'), script('trainers/trl/train.py')])
  return {
    dockerImage: IMAGE,
    ...config.hosted.options,
    command: ['bash', '-c', RUN],
    arguments: [],
    environment: {
      ATTUNE_NIGHT: JSON.stringify(night),
      ATTUNE_RUN_PY: run,
      ATTUNE_TRAIN_PY: train,
      HF_HUB_DISABLE_TELEMETRY: '1',
    },
    secrets: { HF_TOKEN: token },
    flavor,
    // the service's own limit is 30 minutes
    timeoutSeconds: Math.ceil(config.hosted.timeoutMinutes * 60),
    labels: { name: label, [KEY_LABEL]: key },
  }
}

async function script(path: string): Promise<string> {
  const file = join(packageRoot(), path)
  return readFile(file, 'base64').catch((cause: unknown) => {
    throw ioError('read', file, cause)
  })
}
